//! `yinglian explain`: what a code means, why it happens, what to do. Reads the table of `sdk/protocol` only.

use crate::failure::{Coded, Exit, text_of};
use crate::{output, tr};
use clap::Args;
use serde_json::{Value, json};
use yinglian_protocol::Code;

/// `yinglian explain [CODE...]`
#[derive(Debug, Args)]
pub struct Arguments {
    /// Codes such as YL1009; all codes when none is given
    #[arg(value_name = "CODE")]
    codes: Vec<String>,
}

/// Prints the texts of the codes asked for.
pub fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    let codes = arguments.codes.iter().map(|text| parse(text)).collect::<Result<Vec<_>, _>>()?;
    if codes.is_empty() {
        let all: Vec<Code> = Code::all().collect();
        let rows: Vec<_> = all.iter().map(|code| (code.to_string(), text_of(*code).0)).collect();
        output::data(&all.iter().map(|code| value(*code)).collect(), &output::table(&rows));
        return Ok(Exit::Ok);
    }
    let texts: Vec<String> = codes.iter().map(|code| words(*code)).collect();
    output::data(&codes.iter().map(|code| value(*code)).collect(), &texts.join("\n"));
    Ok(Exit::Ok)
}

fn parse(text: &str) -> Result<Code, Coded> {
    let upper = text.to_ascii_uppercase();
    let code = if upper.starts_with("YL") { upper } else { format!("YL{upper:0>4}") };
    code.parse().ok().filter(|code: &Code| code.en().is_some()).ok_or_else(|| {
        Coded::could_not(Code::USAGE, tr!("there is no code {text}", "没有代码 {text}"))
            .hint(tr!("`yinglian explain` lists all codes", "`yinglian explain` 列出全部代码"))
    })
}

fn words(code: Code) -> String {
    let (title, cause, remedy) = text_of(code);
    let rows = [
        (tr!("cause", "原因"), cause),
        (tr!("remedy", "办法"), remedy),
        (tr!("name", "名称"), code.name().to_owned()),
        (tr!("HTTP status", "HTTP 状态"), code.http_status().to_string()),
    ];
    format!("{code}  {title}\n{}", output::table(&rows))
}

fn value(code: Code) -> Value {
    let (title, cause, remedy) = text_of(code);
    json!({ "code": code.to_string(), "name": code.name(), "http_status": code.http_status(),
            "title": title, "cause": cause, "remedy": remedy })
}
