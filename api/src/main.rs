//! The binary: reads the command line and leaves with its exit code.

use clap::Parser as _;

fn main() {
    std::process::exit(earshot::cli::run(earshot::cli::Cli::parse()));
}
