//! The secrets of a server on one machine: the admin token and the pepper
//! ring, in files beside the data file that only their owner may read. On AWS
//! both live in Secrets Manager.

use std::fmt;
use std::fs::{self, File, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use auth::{AdminToken, PepperRing};
use ring::rand::{SecureRandom, SystemRandom};
use scim::Cause;
use service::{Fetching, PepperSource};

use crate::Failure;
use crate::beside::with_suffix;

/// What the name of the ring's file has after the data file's.
const PEPPERS: &str = ".peppers.json";
/// The name of the pepper a ring begins with.
const FIRST_PEPPER: &str = "p1";

/// The admin token and the peppers.
#[derive(Clone)]
pub struct Secrets {
    admin: AdminToken,
    ring: PepperRing,
    /// Where the ring is read again; none for a ring that lives in this process only.
    file: Option<PathBuf>,
    age: Age,
}

/// Whether there can be keys that a ring has hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Age {
    /// It was made just now.
    New,
    /// It was found beside the data file.
    Found,
}

/// What stands beside a data file, as it is written there.
#[derive(PartialEq, Eq)]
pub(crate) struct Beside {
    peppers: String,
    token: String,
}

/// The ring of a running server, read again when a key names an unknown pepper.
#[derive(Debug)]
pub(super) struct LocalPeppers {
    ring: PepperRing,
    file: Option<PathBuf>,
}

impl PepperSource for LocalPeppers {
    fn fetch(&self) -> Fetching<'_> {
        Box::pin(async {
            let Some(file) = &self.file else {
                return Ok(self.ring.clone());
            };
            // Some hundred bytes, and seldom: not worth a thread.
            let text = fs::read_to_string(file).map_err(|_| "the peppers' file cannot be read")?;
            serde_json::from_str(&text).map_err(|_| Cause::from("the peppers' file is damaged"))
        })
    }
}

impl Secrets {
    /// Fresh ones.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn random() -> Result<Self, Failure> {
        Ok(Self {
            admin: AdminToken::new(random()?),
            ring: PepperRing::new(FIRST_PEPPER, random()?),
            file: None,
            age: Age::New,
        })
    }

    /// Those beside the data file, made when there are none: `{file}.admin-token`
    /// and `{file}.peppers.json`, both of mode 0600.
    ///
    /// # Errors
    /// When a file cannot be read or written or holds something else, and when
    /// the peppers are gone although there is data: new ones would silently
    /// refuse every key in it.
    pub fn beside(data: &Path) -> Result<Self, Failure> {
        let peppers = with_suffix(data, PEPPERS);
        let (ring, age) = match read(&peppers)? {
            Some(text) => {
                let ring = serde_json::from_str(&text).map_err(|_| damaged(&peppers))?;
                (ring, Age::Found)
            }
            None if data.exists() => return Err(lost(&peppers, data)),
            None => {
                let ring = PepperRing::new(FIRST_PEPPER, random()?);
                let text = serde_json::to_string(&ring).map_err(|_| damaged(&peppers))?;
                write(&peppers, &text, Place::Free)?;
                (ring, Age::New)
            }
        };
        let token = admin_token_file(data);
        let admin = match read(&token)? {
            Some(text) => text.trim().parse().map_err(|_| damaged(&token))?,
            None => {
                let admin = AdminToken::new(random()?);
                write(&token, &admin.reveal(), Place::Free)?;
                admin
            }
        };
        Ok(Self {
            admin,
            ring,
            file: Some(peppers),
            age,
        })
    }

    /// How old the ring is.
    pub(crate) fn age(&self) -> Age {
        self.age
    }

    pub(super) fn split(self) -> (AdminToken, LocalPeppers) {
        let peppers = LocalPeppers {
            ring: self.ring,
            file: self.file,
        };
        (self.admin, peppers)
    }
}

impl Beside {
    /// What stands beside the data file.
    ///
    /// # Errors
    /// When one of the two is missing, cannot be read or is damaged.
    pub(crate) fn read(data: &Path) -> Result<Self, Failure> {
        let token = admin_token_file(data);
        let peppers = with_suffix(data, PEPPERS);
        let text = |path: &Path| read(path)?.ok_or_else(|| missing(path));
        let beside = Self {
            peppers: text(&peppers)?,
            token: text(&token)?,
        };
        let ring = serde_json::from_str::<PepperRing>(&beside.peppers);
        ring.map_err(|_| damaged(&peppers))?;
        let admin = beside.token.trim().parse::<AdminToken>();
        admin.map_err(|_| damaged(&token))?;
        Ok(beside)
    }

    /// Puts the same beside another data file, where there must be nothing yet.
    ///
    /// # Errors
    /// When there is something, or it cannot be written.
    pub(crate) fn put(&self, data: &Path) -> Result<(), Failure> {
        let peppers = with_suffix(data, PEPPERS);
        write(&peppers, self.peppers.trim_end(), Place::Free)?;
        write(&admin_token_file(data), self.token.trim_end(), Place::Free)
    }

    /// The files of it beside a data file.
    pub(crate) fn files(data: &Path) -> [PathBuf; 2] {
        [with_suffix(data, PEPPERS), admin_token_file(data)]
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(..)")
    }
}

/// Where the admin token of the server with this data file is.
pub(crate) fn admin_token_file(data: &Path) -> PathBuf {
    with_suffix(data, ".admin-token")
}

/// The pepper ring beside the data file as it is now.
///
/// # Errors
/// When it is missing, cannot be read or is damaged.
pub(crate) fn read_ring(data: &Path) -> Result<PepperRing, Failure> {
    let peppers = with_suffix(data, PEPPERS);
    match read(&peppers)? {
        Some(text) => serde_json::from_str(&text).map_err(|_| damaged(&peppers)),
        None => Err(missing(&peppers)),
    }
}

/// Lets `new` take the place of the ring that was read. A running server goes
/// on with the old one until it meets a key under a pepper that it does not know.
///
/// # Errors
/// When the ring is no longer the one that was read, or cannot be written.
pub(crate) fn replace_ring(
    data: &Path,
    read: &PepperRing,
    new: &PepperRing,
) -> Result<(), Failure> {
    let peppers = with_suffix(data, PEPPERS);
    let unlocked =
        |error| Failure::new(format!("`{}` cannot be locked: {error}", peppers.display()));
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(with_suffix(&peppers, ".lock"))
        .map_err(unlocked)?;
    lock.lock().map_err(unlocked)?;
    let text = |ring: &PepperRing| serde_json::to_string(ring).map_err(|_| damaged(&peppers));
    if text(&read_ring(data)?)? != text(read)? {
        return Err(Failure::new(format!(
            "somebody else has changed `{}` meanwhile; nothing was done, try again",
            peppers.display()
        )));
    }
    write(&peppers, &text(new)?, Place::Taken)
}

pub(crate) fn random() -> Result<[u8; 32], Failure> {
    let mut bytes = [0; 32];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Failure::new("the operating system gives no randomness"))?;
    Ok(bytes)
}

fn read(path: &Path) -> Result<Option<String>, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::new(format!(
            "`{}` cannot be read: {error}",
            path.display()
        ))),
    }
}

/// Whether there may be a secret already where one is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// When another server has been quicker, its secret must not be replaced.
    Free,
    /// What is there is replaced in one step.
    Taken,
}

/// Under another name first: half a secret must never be found.
fn write(path: &Path, text: &str, place: Place) -> Result<(), Failure> {
    let unfinished = with_suffix(path, &format!(".{}.new", std::process::id()));
    let written = File::options()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&unfinished)
        .and_then(|mut file| {
            // The mode above counts only for a file that was not there.
            file.set_permissions(Permissions::from_mode(0o600))?;
            writeln!(file, "{text}")?;
            file.sync_all()
        })
        .and_then(|()| match place {
            Place::Free => {
                fs::hard_link(&unfinished, path)?;
                fs::remove_file(&unfinished)
            }
            Place::Taken => fs::rename(&unfinished, path),
        })
        .and_then(|()| {
            match path
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty())
            {
                Some(parent) => File::open(parent)?.sync_all(),
                None => Ok(()),
            }
        });
    written
        .map_err(|error| Failure::new(format!("`{}` cannot be written: {error}", path.display())))
}

fn missing(path: &Path) -> Failure {
    Failure::new(format!(
        "`{}` is missing; name the data file it stands beside with `--data`",
        path.display()
    ))
}

fn damaged(path: &Path) -> Failure {
    Failure::new(format!(
        "`{}` is damaged; restore it from a backup",
        path.display()
    ))
}

fn lost(peppers: &Path, data: &Path) -> Failure {
    Failure::new(format!(
        "`{}` is missing but `{}` holds data whose keys need it; restore it from a backup, or move the data file away to begin anew",
        peppers.display(),
        data.display()
    ))
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "tests fail by panicking"
    )]

    use super::*;

    #[test]
    fn they_are_kept_and_only_the_owner_reads_them() {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("muster.db");
        let first = Secrets::beside(&data).unwrap();
        fs::write(&data, "data").unwrap();
        let second = Secrets::beside(&data).unwrap();
        assert_eq!(first.admin.reveal(), second.admin.reveal());
        let ring = |secrets: &Secrets| serde_json::to_string(&secrets.ring).unwrap();
        assert_eq!(ring(&first), ring(&second));
        let mut names = Vec::new();
        for entry in fs::read_dir(directory.path()).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if name != "muster.db" {
                assert_eq!(
                    entry.metadata().unwrap().permissions().mode() & 0o777,
                    0o600
                );
                names.push(name);
            }
        }
        names.sort();
        assert_eq!(names, ["muster.db.admin-token", "muster.db.peppers.json"]);
    }

    #[test]
    fn a_ring_is_replaced_whole_and_only_when_it_is_the_one_that_was_read() {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("muster.db");
        Secrets::beside(&data).unwrap();
        let first = read_ring(&data).unwrap();
        let second = first.rotated([2; 32]);
        replace_ring(&data, &first, &second).unwrap();
        assert_eq!(read_ring(&data).unwrap().current(), "p2");
        let late = replace_ring(&data, &first, &first.rotated([3; 32])).unwrap_err();
        assert!(late.to_string().contains("somebody else"), "{late}");
        let kept = fs::read_to_string(with_suffix(&data, ".peppers.json")).unwrap();
        assert_eq!(kept.trim(), serde_json::to_string(&second).unwrap());
        let mode = fs::metadata(with_suffix(&data, ".peppers.json")).unwrap();
        assert_eq!(mode.permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn lost_or_damaged_ones_are_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("muster.db");
        Secrets::beside(&data).unwrap();
        fs::write(&data, "data").unwrap();
        fs::write(admin_token_file(&data), "msta_cut").unwrap();
        let damaged = Secrets::beside(&data).unwrap_err().to_string();
        assert!(damaged.contains("admin-token` is damaged"), "{damaged}");
        fs::remove_file(with_suffix(&data, ".peppers.json")).unwrap();
        let lost = Secrets::beside(&data).unwrap_err().to_string();
        assert!(lost.contains("restore it from a backup"), "{lost}");
        assert!(!with_suffix(&data, ".peppers.json").exists());
    }
}
