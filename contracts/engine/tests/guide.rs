//! The guide's module, read from the guide: checked, admitted and called as the guide says.

mod chain;

use chain::{CITY, COUNTY, Chain, digest, sender};
use serde_json::json;
use yinglian_interface::Interface;

fn module_of(language: &str) -> String {
    let path = format!("{}/../../docs/guides/{language}/modules.md", env!("CARGO_MANIFEST_DIR"));
    let guide = std::fs::read_to_string(path).unwrap();
    let (_, after) = guide.split_once("```toml\n").unwrap();
    after.split_once("```").unwrap().0.to_owned()
}

#[test]
fn a_stranger_who_follows_the_guide_has_a_module() {
    let text = module_of("en");
    assert_eq!(text, module_of("zh"), "both guides show one module");
    let interface = Interface::from_module(&text);
    let interface = interface.unwrap_or_else(|faults| panic!("{faults:#?}"));
    assert!(interface.module_faults().is_empty(), "{:?}", interface.module_faults());
    let mut chain = Chain::new();
    let hash = chain.upload(interface.to_document().as_bytes()).unwrap();
    chain.admit(hash).unwrap();
    let city = sender(CITY, "410400", &["recorder"]);
    let unit = sender(COUNTY, "410402", &["recorder"]);
    let report = |unit: &str| json!({"lamp_no": "ZJ0001", "region": "410402", "unit": unit, "fault": "dark since Monday"});
    assert_eq!(chain.call(&city, "lamps", "report", report(CITY)).unwrap_err(), "another_unit");
    chain.call(&city, "lamps", "report", report(COUNTY)).unwrap();
    let repair = json!({"lamp_no": "ZJ0001", "image": digest(1)});
    assert!(chain.call(&city, "lamps", "repair", repair.clone()).is_err());
    chain.call(&unit, "lamps", "repair", repair).unwrap();
    assert_eq!(chain.object("lamps", "lamp/ZJ0001")["state"], "repaired");
}

#[test]
fn the_fault_that_the_guide_shows_has_the_line_of_its_row() {
    let text = module_of("en").replacen("to = \"repaired\"", "to = \"fixed\"", 1);
    let faults = Interface::from_module(&text).unwrap_err();
    let row = text.lines().position(|line| line == "action = \"repair\"").unwrap();
    let named = faults.iter().find(|fault| fault.what.contains("fixed")).unwrap();
    assert_eq!(named.line as usize, row, "{named}");
}
