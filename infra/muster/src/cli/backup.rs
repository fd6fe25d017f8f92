//! `muster backup`: a local server's data and the secrets beside it, copied.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use clap::Args;

use super::output;
use crate::Failure;
use crate::beside::unfinished;
use crate::embedded::{copy, log_of};
use crate::serve::Beside;

#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The copy, which must not be there yet; the admin token and the peppers come beside it.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The data file of the server, which may run.
    #[arg(long, value_name = "FILE", default_value = ".muster/muster.db")]
    data: PathBuf,
}

impl Backup {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self { file, data } = &self;
        if !data.exists() {
            return Err(Failure::new(format!(
                "there is no data file `{}`; name one with `--data`",
                data.display()
            )));
        }
        let [peppers, token] = Beside::files(file);
        for path in [file, &log_of(file), &peppers, &token] {
            if path.exists() {
                return Err(Failure::new(format!(
                    "`{}` is there already, and a backup is written over nothing",
                    path.display()
                )));
            }
        }
        let beside = Beside::read(data)?;
        let unfinished = Unfinished::beside(file);
        copy(data, &unfinished.0).map_err(|reason| unwritten(file, &reason))?;
        // A ring that has changed meanwhile may be older or newer than the copy.
        if Beside::read(data)? != beside {
            return Err(Failure::new(
                "the peppers have changed meanwhile; nothing was kept, try again",
            ));
        }
        beside.put(file)?;
        unfinished.name(file)?;
        output::print(&format!(
            "{}, {} and {} hold everything; a server starts on them with: muster serve --data {}",
            file.display(),
            peppers.display(),
            token.display(),
            file.display()
        ));
        Ok(())
    }
}

/// A copy beside the name that it gets when it and its secrets are whole.
struct Unfinished(PathBuf);

impl Unfinished {
    fn beside(file: &Path) -> Self {
        Self(unfinished(file))
    }

    fn name(self, file: &Path) -> Result<(), Failure> {
        let directory = file
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        // Unlike a renaming, this takes no other's place.
        let named = fs::hard_link(&self.0, file)
            .and_then(|()| File::open(directory.unwrap_or(Path::new(".")))?.sync_all());
        named.map_err(|error| unwritten(file, &error.to_string()))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // There may be none, and by another name it stays.
        let _ = fs::remove_file(&self.0);
    }
}

fn unwritten(file: &Path, reason: &str) -> Failure {
    Failure::new(format!(
        "the backup `{}` cannot be made: {reason}",
        file.display()
    ))
}
