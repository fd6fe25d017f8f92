//! `muster completions`: what a shell must know to complete the tool's words.

use clap::{Args, Command};
use clap_complete::Shell;

use super::output;
use crate::Failure;

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell.
    shell: Shell,
}

impl Completions {
    /// Prints the script for `tool`.
    pub(super) fn run(&self, tool: Command) -> Result<(), Failure> {
        output::print(self.script(tool)?.trim_end());
        Ok(())
    }

    fn script(&self, mut tool: Command) -> Result<String, Failure> {
        let name = tool.get_name().to_owned();
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut tool, name, &mut script);
        String::from_utf8(script)
            .map_err(|error| Failure::new(format!("the script is no UTF-8: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, ValueEnum};

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn every_shell_has_a_script() {
        for shell in Shell::value_variants() {
            let script = Completions { shell: *shell }.script(Cli::command());
            let known = script.is_ok_and(|script| script.contains("rotate"));
            assert!(known, "{shell}");
        }
    }
}
