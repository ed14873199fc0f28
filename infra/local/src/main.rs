use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use stepwell::commands::step_functions_local::in_long_names;
use stepwell::commands::{Command, CommandLine};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let line = CommandLine::parse_from(in_long_names(std::env::args_os()));
    match line.command {
        Command::Dev(dev) => {
            log("info");
            dev.run().await
        }
        Command::Run(run) => {
            log("error");
            run.run().await
        }
        Command::Validate(validate) => validate.run(),
        Command::Keys(keys) => {
            log("error");
            keys.run().await
        }
        Command::Doctor(doctor) => {
            log("off");
            doctor.run().await
        }
    }
}

/// To standard error; `RUST_LOG` says how much.
fn log(default: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
}
