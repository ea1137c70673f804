//! The door to the repository's chores. Comes in: a subcommand. Goes out: exit 0 done, 1 refused, 2 could not.
//! Never: a check of its own; those are in the library, where tests reach them.

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Chores of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Check the sources against the import table and the invariants of docs/architecture.md
    Tidy,
    /// Rewrite the golden interfaces of coded contracts from their declarations
    Interfaces,
    /// Rewrite the conformance vectors from the code: an explicit approval of a changed encoding
    Vectors,
}

fn main() -> ExitCode {
    match run(&Arguments::parse().chore) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(chore: &Chore) -> Result<bool> {
    let root = xtask::root();
    match chore {
        Chore::Tidy => {
            let tree = xtask::Tree::read(&root)?;
            let violations = xtask::tidy::check(&tree)?;
            for violation in &violations {
                println!("{violation}");
            }
            eprintln!("tidy: {} files, {} violations", tree.len(), violations.len());
            Ok(violations.is_empty())
        }
        Chore::Interfaces => xtask::interfaces::rewrite(&root),
        Chore::Vectors => xtask::vectors::rewrite(&root),
    }
}
