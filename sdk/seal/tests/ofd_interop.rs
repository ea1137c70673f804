//! Documents that another implementation sealed, and documents for it to judge. `tools/check-seal` runs this with ofdrw; without
//! its folders there is nothing to do.
mod ofd_support;

use ofd_support::forge::{self, City};
use ofd_support::now;
use std::fs;
use std::path::{Path, PathBuf};
use yinglian_seal::ofd::verify_document;
use yinglian_seal::{Cert, Context, Reason, Time, Trust, Verdict};

fn folder(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from)
}

/// Judges one of theirs at this machine's time, since their certificates were made a moment ago.
fn verdict(folder: &Path, name: &str, alter: fn(&mut ofd_support::zip::Zip)) -> Verdict {
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    let mut trust = Trust::new();
    trust.add_anchor(&read("root.der")).unwrap();
    trust.add_crl(&read("root.crl")).unwrap();
    let signer = Cert::parse(&read("signer.der")).unwrap();
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let mut context = Context::new(&trust, Time::from_ms(since.as_millis() as u64));
    context.signer = Some(&signer);
    let mut zip = ofd_support::zip::Zip::read(&read(name));
    assert_eq!(
        verify_document(&read(name), &context),
        verify_document(&zip.write(), &context),
        "{name}: as it came, and packed anew"
    );
    alter(&mut zip);
    verify_document(&zip.write(), &context).verdict
}

#[test]
fn documents_that_ofdrw_sealed_are_valid() {
    let Some(folder) = folder("YINGLIAN_SEAL_THEIRS") else { return };
    let names =
        ["bare", "signed_attributes", "signed_data", "v1", "v4", "v4_open", "v4_twice", "v4_v1"];
    for name in names {
        let file = format!("{name}.ofd");
        assert_eq!(verdict(&folder, &file, |_| {}), Verdict::Valid, "{name}");
        let altered = verdict(&folder, &file, |zip| {
            zip.replace("Doc_0/Pages/Page_1/Content.xml", "100 1", "100 2");
        });
        assert_eq!(altered, Verdict::Invalid(Reason::FileDigest), "{name}");
    }
}

#[test]
fn documents_for_ofdrw_to_judge_are_written() {
    let Some(folder) = folder("YINGLIAN_SEAL_OURS") else { return };
    fs::create_dir_all(&folder).unwrap();
    let city = City::new(1);
    let mut good = forge::document();
    city.sign(&mut good, 0, &[]);
    let mut twice = good.clone();
    city.sign(&mut twice, 1, &[]);
    let mut page = good.clone();
    page.replace("Doc_0/Pages/Page_1/Content.xml", "100 1", "100 2");
    let mut value = good.clone();
    let name = "Doc_0/Signs/Sign_0/SignedValue.dat";
    let mut bytes = value.bytes(name);
    *bytes.last_mut().unwrap() ^= 1;
    value.set(name, bytes);
    let mut stamp = good.clone();
    stamp.replace("Doc_0/Signs/Sign_0/Signature.xml", "50 50 40 40", "60 50 40 40");
    let all = [
        ("good_once", &good),
        ("good_twice", &twice),
        ("bad_page", &page),
        ("bad_value", &value),
        ("bad_stamp", &stamp),
    ];
    for (name, zip) in all {
        let file = zip.write();
        let verdict = verify_document(&file, &Context::new(&city.trust(), now())).verdict;
        assert_eq!(verdict == Verdict::Valid, name.starts_with("good"), "{name}: {verdict}");
        fs::write(folder.join(format!("{name}.ofd")), file).unwrap();
    }
}
