//! Golden interfaces from the declarations that people write. Comes in: `contracts/*/interface.toml`. Goes out: `interface.json` beside
//! each, or every fault with its line. Never: a change that nobody asked for; the contracts' tests refuse a golden form that differs.

use anyhow::{Context, Result};
use std::{fs, path::Path};
use yinglian_interface::Interface;

/// Rewrites every golden interface; false when a declaration has faults.
pub fn rewrite(root: &Path) -> Result<bool> {
    let contracts = root.join("contracts");
    let mut good = true;
    let mut folders: Vec<_> = fs::read_dir(&contracts)
        .with_context(|| format!("list {}", contracts.display()))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .collect();
    folders.sort();
    for folder in folders {
        let source = folder.join("interface.toml");
        let Ok(text) = fs::read_to_string(&source) else { continue };
        let place = source.strip_prefix(root).unwrap_or(&source).display();
        match Interface::from_module(&text) {
            Ok(interface) => {
                let golden = folder.join("interface.json");
                let written = interface.to_json();
                if fs::read_to_string(&golden).is_ok_and(|before| before == written) {
                    continue;
                }
                fs::write(&golden, written)
                    .with_context(|| format!("write {}", golden.display()))?;
                println!("{place}: golden interface rewritten");
            }
            Err(faults) => {
                good = false;
                faults.iter().for_each(|fault| println!("{place}: {fault}"));
            }
        }
    }
    Ok(good)
}
