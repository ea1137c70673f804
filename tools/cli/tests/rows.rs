//! `yinglian rows` and `yinglian exchange diff` as a person runs them: one root from CSV, GBK, a worksheet and PostgreSQL, differences named,
//! hostile tables refused.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output};

const COLUMNS: &str = r#"version = 1
key = ["code"]
[[columns]]
name = "code"
type = "C"
length = 8
fixed_width = true
[[columns]]
name = "name"
type = "C"
length = 8
nullable = true
empty = "null"
[[columns]]
name = "amount"
type = "N"
length = 9
scale = 2
nullable = true
[[columns]]
name = "born"
type = "D"
nullable = true
[[columns]]
name = "changed"
type = "T"
nullable = true
[[columns]]
name = "valid"
type = "B"
nullable = true
"#;
const GBK_SOURCE: &str =
    "[source]\nencoding = \"gbk\"\nnull = \"-\"\n[source.headers]\nname = \"名称\"\n";
const TABLE: &str = "code,name,amount,born,changed,valid\n\
                     A1,甲,12.50,2026-02-03,2026-02-03 08:00:00,true\n\
                     A2,,7,2026-02-04,,false\n\
                     A3,乙,,,2026-02-03T01:02:03Z,\n";
/// The same in other order, other forms, and GBK.
const GBK_TABLE: &[u8] = b"valid,changed,\xc3\xfb\xb3\xc6,born,code,amount\r\n\
                           -,20260203090203,\xd2\xd2,-,A3,-\r\n\
                           \xb7\xf1,,-,2026/2/4,A2      ,+7.0\r\n\
                           1,2026-02-03T00:00:00Z,\xbc\xd7,\"20260203\",A1,12.5\r\n";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.put("here.toml", COLUMNS.as_bytes());
        folder.put("there.toml", (COLUMNS.to_owned() + GBK_SOURCE).as_bytes());
        folder.put("here.csv", TABLE.as_bytes());
        folder.put("there.csv", GBK_TABLE);
        folder.put("key", "07".repeat(32).as_bytes());
        folder
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.0.path().join(name), bytes).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_yinglian"))
            .args(arguments)
            .current_dir(self.0.path())
            .env_clear()
            .output()
            .unwrap()
    }

    fn json(&self, arguments: &[&str]) -> (Option<i32>, serde_json::Value) {
        let output = self.run(&[&["--json"], arguments].concat());
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.code(), serde_json::from_str(&text).unwrap_or_default())
    }

    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_ne!(output.status.code(), Some(0), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    }
}

fn root(folder: &Folder, table: &str, schema: &str, sheet: &[&str]) -> String {
    let arguments = ["rows", "root", table, "--schema", schema, "--batch-key", "key"];
    let (exit, value) = folder.json(&[&arguments[..], sheet].concat());
    assert_eq!((exit, &value["rows"]), (Some(0), &3.into()), "{value}");
    value["root"].as_str().unwrap().to_owned()
}

#[test]
fn csv_in_utf_8_and_shuffled_gbk_have_one_root() {
    let folder = Folder::new();
    assert_eq!(
        root(&folder, "here.csv", "here.toml", &[]),
        root(&folder, "there.csv", "there.toml", &[])
    );
    let marked = [b"\xef\xbb\xbf", TABLE.as_bytes()].concat();
    folder.put("marked.csv", &marked);
    assert_eq!(
        root(&folder, "marked.csv", "here.toml", &[]),
        root(&folder, "here.csv", "here.toml", &[])
    );
}

#[test]
fn the_differing_row_and_field_are_named_in_both_languages() {
    let folder = Folder::new();
    let changed = TABLE.replace("12.50", "12.51").replace("A3,", "A4,");
    folder.put("changed.csv", changed.as_bytes());
    let diff = [
        "exchange",
        "diff",
        "there.csv",
        "changed.csv",
        "--schema",
        "there.toml",
        "--schema-there",
        "here.toml",
    ];
    for (language, expected) in [
        (
            "en",
            "different   code=\"A1\"\n  amount: \"12.50\" | \"12.51\"\nonly here   code=\"A3\"\nonly there  code=\"A4\"\ndifferences: 3\n",
        ),
        (
            "zh",
            "不一致    code=\"A1\"\n  amount: \"12.50\" | \"12.51\"\n仅本方有  code=\"A3\"\n仅对方有  code=\"A4\"\n差异：3\n",
        ),
    ] {
        let output = folder.run(&[&["--lang", language], &diff[..]].concat());
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
        assert_eq!(output.status.code(), Some(1));
    }
    let (exit, value) =
        folder.json(&["exchange", "diff", "here.csv", "here.csv", "--schema", "here.toml"]);
    assert_eq!(
        (exit, &value["equal"], &value["moved"]["rows"]),
        (Some(0), &true.into(), &0.into())
    );
}

#[test]
fn published_digests_name_the_row_without_the_other_table() {
    let folder = Folder::new();
    let made = [
        "rows",
        "root",
        "here.csv",
        "--schema",
        "here.toml",
        "--batch-key",
        "key",
        "--digests",
        "here.digests",
    ];
    assert_eq!(folder.json(&made).0, Some(0));
    assert_eq!(folder.json(&made).0, Some(2), "written over");
    folder.put("changed.csv", TABLE.replace("乙", "丙").as_bytes());
    let compare = |table: &'static str| {
        ["exchange", "diff", table, "here.digests", "--schema", "here.toml", "--batch-key", "key"]
    };
    let (exit, value) = folder.json(&compare("changed.csv"));
    assert_eq!(
        (exit, &value["there"], &value["here"][0]["code"]),
        (Some(1), &1.into(), &"A3".into())
    );
    assert_eq!(folder.json(&compare("here.csv")).0, Some(0));
    folder.put("key", "08".repeat(32).as_bytes());
    assert!(folder.refused(&compare("here.csv")).contains("batch key"));
}

#[test]
fn a_row_is_proven_and_an_altered_proof_or_other_root_is_refused() {
    let folder = Folder::new();
    let prove = |key, out| {
        ["rows", "prove", "here.csv", "--schema", "here.toml", "--batch-key", "key"]
            .into_iter()
            .chain(["--key", key, "--out", out])
            .collect::<Vec<_>>()
    };
    let (exit, value) = folder.json(&prove("A2", "a2.row"));
    assert_eq!(exit, Some(0));
    let root = value["root"].as_str().unwrap().to_owned();
    let verify = |root: &str, rows: &str| {
        folder.json(&[
            "rows",
            "verify",
            "a2.row",
            "--schema",
            "there.toml",
            "--root",
            root,
            "--rows",
            rows,
        ])
    };
    let (exit, value) = verify(&root, "3");
    assert_eq!(
        (exit, &value["row"]["amount"], &value["row"]["name"]),
        (Some(0), &"7.00".into(), &serde_json::Value::Null)
    );
    assert_eq!(verify(&root, "4").0, Some(1));
    assert_eq!(verify(&"0".repeat(64), "3").0, Some(1));
    let path = folder.0.path().join("a2.row");
    let bytes = std::fs::read(&path).unwrap();
    for at in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        std::fs::write(&path, altered).unwrap();
        assert_eq!(verify(&root, "3").0, Some(1), "byte {at}");
    }
    assert!(folder.refused(&prove("A9", "a9.row")).contains("0 rows have the key A9"));
}

#[test]
fn tables_that_are_broken_say_where() {
    let folder = Folder::new();
    for (table, expected) in [
        (TABLE.replace("12.50", "12.505"), "row 1: column `amount`: the value has more decimals"),
        (TABLE.replace("2026-02-04", "2026-02-30"), "row 2: column `born`"),
        (TABLE.replace("born", "b"), "has no column born"),
        (TABLE.replace("valid", "code"), "has two columns code"),
        (TABLE.replace("A3,", "A3,x,"), "record 3"),
        (TABLE.replace("A2,,7", "A2,\"x,7"), "record 2"),
        (TABLE.replace(",,false", ",,\"false"), "a quotation in row 2"),
        ("code,name".into(), "has no column amount"),
    ] {
        folder.put("broken.csv", table.as_bytes());
        let told = folder.refused(&[
            "rows",
            "root",
            "broken.csv",
            "--schema",
            "here.toml",
            "--batch-key",
            "key",
        ]);
        assert!(told.contains("YL6007") && told.contains(expected), "{expected}: {told}");
    }
    folder.put("broken.csv", b"code,name,amount,born,changed,valid\n\xff,,,,,\n");
    let told = folder.refused(&[
        "rows",
        "root",
        "broken.csv",
        "--schema",
        "here.toml",
        "--batch-key",
        "key",
    ]);
    assert!(told.contains("no text in the source's encoding"), "{told}");
    folder.put("broken.toml", COLUMNS.replace("length = 9", "length = 99").as_bytes());
    let told = folder.refused(&[
        "rows",
        "root",
        "here.csv",
        "--schema",
        "broken.toml",
        "--batch-key",
        "key",
    ]);
    assert!(told.contains("length or scale of column `amount`"), "{told}");
}

/// A workbook of one sheet.
fn workbook(sheet: &str) -> Vec<u8> {
    let namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relations = "http://schemas.openxmlformats.org/package/2006/relationships";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let parts = [
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{relations}\"><Relationship Id=\"rId1\" Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{namespace}\" xmlns:r=\"{office}\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"{relations}\"><Relationship Id=\"rId1\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"rId2\" Type=\"{office}/styles\" Target=\"styles.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/styles.xml",
            format!(
                "<styleSheet xmlns=\"{namespace}\"><cellXfs count=\"3\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"22\"/></cellXfs></styleSheet>"
            ),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet xmlns=\"{namespace}\"><sheetData>{sheet}</sheetData></worksheet>"),
        ),
    ];
    let mut container = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in parts {
        container.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        container.write_all(content.as_bytes()).unwrap();
    }
    container.finish().unwrap().into_inner()
}

fn text_cell(place: &str, text: &str) -> String {
    format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

#[test]
fn a_worksheet_has_the_root_of_its_csv() {
    let folder = Folder::new();
    let header = ["code", "name", "amount", "born", "changed", "valid"];
    let header: String = header
        .iter()
        .zip(["A1", "B1", "C1", "D1", "E1", "F1"])
        .map(|(name, place)| text_cell(place, name))
        .collect();
    // Days since 1899-12-30: 46056 is 2026-02-03.
    let rows = format!(
        "<row r=\"1\">{header}</row>\
         <row r=\"2\">{}{}<c r=\"C2\"><v>12.5</v></c><c r=\"D2\" s=\"1\"><v>46056</v></c><c r=\"E2\" s=\"2\"><v>46056.33333333334</v></c><c r=\"F2\" t=\"b\"><v>1</v></c></row>\
         <row r=\"4\">{}<c r=\"C4\"><v>7</v></c><c r=\"D4\" s=\"1\"><v>46057</v></c><c r=\"F4\" t=\"b\"><v>0</v></c></row>\
         <row r=\"9\">{}{}{}</row>",
        text_cell("A2", "A1"),
        text_cell("B2", "甲"),
        text_cell("A4", "A2"),
        text_cell("A9", "A3"),
        text_cell("B9", "乙"),
        text_cell("E9", "2026-02-03T01:02:03Z"),
    );
    folder.put("here.xlsx", &workbook(&rows));
    assert_eq!(
        root(&folder, "here.xlsx", "here.toml", &["--sheet", "S"]),
        root(&folder, "here.csv", "here.toml", &[])
    );
}

#[test]
fn a_hostile_worksheet_is_refused_and_costs_little() {
    let folder = Folder::new();
    let refused = |name: &str| {
        folder.refused(&["rows", "root", name, "--schema", "here.toml", "--batch-key", "key"])
    };
    // Two cells whose corners span seventeen thousand million.
    let corners = "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row><row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>";
    folder.put("corners.xlsx", &workbook(corners));
    assert!(refused("corners.xlsx").contains("YL6007"));
    let error = "<row r=\"1\"><c r=\"A1\" t=\"e\"><v>#REF!</v></c></row>";
    folder.put("error.xlsx", &workbook(error));
    assert!(refused("error.xlsx").contains("YL6007"));
    folder.put("none.xlsx", TABLE.as_bytes());
    assert!(refused("none.xlsx").contains("YL6007"));
    let mut cut = workbook(corners);
    cut.truncate(cut.len() / 2);
    folder.put("cut.xlsx", &cut);
    assert!(refused("cut.xlsx").contains("YL6007"));
}

/// Programs of a PostgreSQL server, when this machine has one.
fn server_programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let folders = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    folders.filter(|folder| folder.join("initdb").exists()).max()
}

/// A server on a free port with its data in a folder of its own; it ends with the value.
struct Server {
    child: std::process::Child,
    _folder: tempfile::TempDir,
    port: u16,
    programs: PathBuf,
}

impl Server {
    fn start(programs: PathBuf) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let owner = Command::new("chown").arg("65534:65534").arg(folder.path()).status();
        let is_root = owner.is_ok_and(|status| status.success());
        // The server refuses to run as root.
        let command = |program: &str| {
            let program = programs.join(program);
            if !is_root {
                return Command::new(program);
            }
            let mut command = Command::new("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(program);
            command
        };
        let place = folder.path().join("data");
        let made = command("initdb")
            .arg("-D")
            .arg(&place)
            .args(["-A", "trust", "-U", "reader", "-E", "UTF8"])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = command("postgres")
            .arg("-D")
            .arg(&place)
            .args(["-h", "127.0.0.1", "-p", &port.to_string(), "-k", ""])
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { child, _folder: folder, port, programs };
        let ready = || {
            server.program("pg_isready").args(["-q", "-h", "127.0.0.1"]).status().unwrap().success()
        };
        let begun = std::time::Instant::now();
        while !ready() {
            assert!(begun.elapsed().as_secs() < 60, "the database does not answer");
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        server
    }

    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command
            .env("PGPORT", self.port.to_string())
            .env("PGUSER", "reader")
            .env("PGHOST", "127.0.0.1");
        command
    }

    fn query(&self, text: &str) {
        let done = self
            .program("psql")
            .args(["-q", "-d", "postgres", "-v", "ON_ERROR_STOP=1", "-c", text])
            .status()
            .unwrap();
        assert!(done.success(), "{text}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}

#[test]
fn a_database_has_the_root_of_its_csv_whatever_its_settings() {
    let Some(programs) = server_programs() else {
        println!("skipped: this machine has no PostgreSQL server");
        return;
    };
    let server = Server::start(programs);
    server.query(
        "CREATE SCHEMA city; CREATE TABLE city.places (valid boolean, changed timestamptz, code char(8), name varchar(8), amount numeric(9,2), born date); \
         INSERT INTO city.places VALUES (false, NULL, 'A2', NULL, 7, '2026-02-04'), \
         (true, '2026-02-03 08:00:00+08', 'A1', '甲', 12.5, '2026-02-03'), (NULL, '2026-02-03 01:02:03Z', 'A3', '乙', NULL, NULL); \
         ALTER DATABASE postgres SET datestyle = 'SQL, DMY'; ALTER DATABASE postgres SET timezone = 'America/New_York'",
    );
    let folder = Folder::new();
    let address = format!("postgres://reader@127.0.0.1:{}/postgres", server.port);
    let sheet = ["--sheet", "city.places"];
    assert_eq!(
        root(&folder, &address, "here.toml", &sheet),
        root(&folder, "here.csv", "here.toml", &[])
    );
    server.query("UPDATE city.places SET amount = 8 WHERE code = 'A2'");
    let diff = [
        "exchange",
        "diff",
        &address,
        "here.csv",
        "--schema",
        "here.toml",
        "--sheet",
        "city.places",
    ];
    let (exit, value) = folder.json(&diff);
    assert_eq!((exit, &value["differences"][0]["fields"][0]["here"]), (Some(1), &"8.00".into()));
    let none = [
        "rows",
        "root",
        &address,
        "--schema",
        "here.toml",
        "--batch-key",
        "key",
        "--sheet",
        "x\"; DROP TABLE city.places; --",
    ];
    assert!(folder.refused(&none).contains("YL6003"));
}
