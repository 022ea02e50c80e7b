//! `make chaos`: see `docs/chaos.md`.

use std::process::ExitCode;

use clap::Parser;
use kontiki_chaos::{Options, run};

fn main() -> ExitCode {
    let options = Options::parse();
    match run(&options) {
        Ok(figures) => {
            println!("{figures}");
            if figures.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("chaos: seed {}: {error:#}", options.seed);
            ExitCode::from(2)
        }
    }
}
