//! Loading: the real server in this process, asked over HTTP by many
//! connections, on a data file whose writes are not waited for meanwhile. At
//! each size it ends, and the data file is copied as it then is.

use std::fs::{self, File};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::StatusCode;
use muster::embedded::Embedded;
use muster::serve::{Options, Running, Secrets, start};
use muster_tests::lean::message::{self, id, patch, post, user};
use muster_tests::lean::{Call, Connection, Result, Target};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::progress::Progress;

/// The realm.
pub(crate) const REALM: &str = "scale";
/// Users beside those that a size counts: they join the group and leave it again.
pub(crate) const SPARES: usize = 1_000;
/// How many members of a group are remembered, to be read and changed.
const REMEMBERED: usize = 500;

const CONNECTIONS: usize = 16;
/// Members that one request adds.
const AT_ONCE: usize = 1_000;
/// How long the database may take to close its file.
const CLOSING: Duration = Duration::from_secs(120);

/// A realm of some size, at rest.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) data: PathBuf,
    pub(crate) people: People,
}

/// Who is in the realm.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct People {
    pub(crate) users: usize,
    pub(crate) group_of: usize,
    pub(crate) token: String,
    pub(crate) group: String,
    /// Ids and userNames of some members of the group.
    pub(crate) members: Vec<(String, String)>,
    /// Ids of users who are in no group.
    pub(crate) spares: Vec<String>,
    /// Seconds that the users and the members took that came since the size before.
    pub(crate) users_took: f64,
    pub(crate) members_took: f64,
}

/// The realm at each size (users and members), loaded or as it was kept in `directory`.
pub(crate) async fn all(directory: &Path, sizes: &[(usize, usize)]) -> Result<Vec<Loaded>> {
    if let Some(kept) = kept(directory, sizes)? {
        return Ok(kept);
    }
    let place = directory.join("loading");
    // What an earlier run has not finished.
    if place.exists() {
        fs::remove_dir_all(&place)?;
    }
    fs::create_dir_all(&place)?;
    let mut loader = Loader::default();
    let mut loaded = Vec::with_capacity(sizes.len());
    for size in sizes {
        let people = loader.grow(&place.join(FILE), *size).await?;
        let copy = directory.join(name(*size));
        copy_files(&place, &copy)?;
        let file = File::create(copy.join(PEOPLE))?;
        serde_json::to_writer(file, &people)?;
        loaded.push(Loaded {
            data: copy.join(FILE),
            people,
        });
    }
    fs::remove_dir_all(place)?;
    Ok(loaded)
}

const FILE: &str = "muster.db";
const PEOPLE: &str = "people.json";

fn name((users, members): (usize, usize)) -> String {
    format!("{users}-{members}")
}

fn kept(directory: &Path, sizes: &[(usize, usize)]) -> Result<Option<Vec<Loaded>>> {
    let mut kept = Vec::with_capacity(sizes.len());
    for size in sizes {
        let place = directory.join(name(*size));
        let Ok(file) = File::open(place.join(PEOPLE)) else {
            return Ok(None);
        };
        kept.push(Loaded {
            data: place.join(FILE),
            people: serde_json::from_reader(std::io::BufReader::new(file))?,
        });
    }
    Ok(Some(kept))
}

/// Copies a data file and what stands beside it, down to the disk.
fn copy_files(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let file = entry?.path();
        let copy = to.join(file.file_name().ok_or("a file has no name")?);
        fs::copy(&file, &copy)?;
        File::open(&copy)?.sync_all()?;
    }
    Ok(())
}

/// What has been loaded so far.
#[derive(Debug, Default)]
struct Loader {
    token: String,
    group: String,
    spares: Vec<String>,
    /// Users by number; the first so many are members of the group.
    users: Vec<String>,
    members: usize,
}

impl Loader {
    /// Brings the realm to a size.
    async fn grow(&mut self, data: &Path, (users, members): (usize, usize)) -> Result<People> {
        let secrets = Secrets::beside(data)?;
        let embedded = Embedded::open_for_loading(data)?;
        let options = Options {
            secrets,
            ..Options::local(embedded)?
        };
        let running = start(options).await?;
        if self.token.is_empty() {
            self.begin(&running).await?;
        }
        let target = Target::new(&running.tenant_url(REALM), &self.token)?;

        let numbers = self.users.len()..users;
        let what = format!("{users} users and a group of {members}: users");
        let progress = Progress::start(what, numbers.len());
        let made = create(&target, numbers, user_name, &progress).await?;
        self.users.extend(made);
        let users_took = progress.finish();

        let joining = self.users.get(self.members..members).unwrap_or_default();
        let progress = Progress::start("members".to_owned(), joining.len());
        let mut connection = Connection::open(&target).await?;
        for some in joining.chunks(AT_ONCE) {
            let joined = some.len();
            let some = message::add(some.iter().map(String::as_str));
            let call = patch(format!("/Groups/{}", self.group), some);
            connection.send(call, StatusCode::NO_CONTENT).await?;
            progress.advance(joined);
        }
        self.members = members;
        let members_took = progress.finish();

        drop(connection);
        running.shutdown().await;
        closed(data).await?;
        let step = (members / REMEMBERED).max(1);
        let remembered = self.users.iter().take(members).enumerate().step_by(step);
        Ok(People {
            users,
            group_of: members,
            token: self.token.clone(),
            group: self.group.clone(),
            members: remembered
                .map(|(number, id)| (id.clone(), user_name(number)))
                .collect(),
            spares: self.spares.clone(),
            users_took: users_took.as_secs_f64(),
            members_took: members_took.as_secs_f64(),
        })
    }

    /// The realm, its key, its group, and users who are in no group.
    async fn begin(&mut self, running: &Running) -> Result<()> {
        let admin = Target::new(&running.local_url(), running.admin_token())?;
        let mut admin = Connection::open(&admin).await?;
        let realm = administer("/admin/v1/realms", &json!({ "name": REALM }));
        admin.send(realm, StatusCode::CREATED).await?;
        let keys = format!("/admin/v1/realms/{REALM}/keys");
        let key = administer(&keys, &json!({ "name": REALM }));
        let key: Value = serde_json::from_slice(&admin.send(key, StatusCode::CREATED).await?)?;
        let token = key.get("token").and_then(Value::as_str);
        self.token = token.ok_or("the key has no token")?.to_owned();

        let target = Target::new(&running.tenant_url(REALM), &self.token)?;
        let progress = Progress::start("users who come and go".to_owned(), SPARES);
        self.spares = create(&target, 0..SPARES, spare_name, &progress).await?;
        progress.finish();
        let mut connection = Connection::open(&target).await?;
        let group = post("/Groups", &message::group("Everybody", []));
        self.group = id(&connection.send(group, StatusCode::CREATED).await?)?;
        Ok(())
    }
}

/// The userName of a user; all are of one length, so that all users are of one size.
fn user_name(number: usize) -> String {
    format!("u{number:07}@example.com")
}

fn spare_name(number: usize) -> String {
    format!("s{number:07}@example.com")
}

fn administer(path: &str, body: &Value) -> Call {
    Call {
        media: "application/json",
        ..post(path, body)
    }
}

/// Makes users over several connections; their ids in the order of their numbers.
async fn create(
    target: &Target,
    numbers: Range<usize>,
    name: fn(usize) -> String,
    progress: &Progress,
) -> Result<Vec<String>> {
    let next = Arc::new(AtomicUsize::new(numbers.start));
    let mut tasks: JoinSet<Result<Vec<(usize, String)>>> = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let mut connection = Connection::open(target).await?;
        let (next, end, progress) = (next.clone(), numbers.end, progress.clone());
        tasks.spawn(async move {
            let mut made = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= end {
                    return Ok(made);
                }
                let call = post("/Users", &user(&name(number)));
                let answer = connection.send(call, StatusCode::CREATED).await?;
                made.push((number, id(&answer)?));
                progress.advance(1);
            }
        });
    }
    let mut made = Vec::with_capacity(numbers.len());
    while let Some(some) = tasks.join_next().await {
        made.extend(some??);
    }
    made.sort_unstable();
    Ok(made.into_iter().map(|(_, id)| id).collect())
}

/// Waits until the database has put everything into its file: its log beside it is gone then.
async fn closed(data: &Path) -> Result<()> {
    let mut log = data.as_os_str().to_owned();
    log.push("-wal");
    let closing = async {
        while Path::new(&log).exists() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let closed = tokio::time::timeout(CLOSING, closing).await;
    Ok(closed.map_err(|_| "the data file was not closed")?)
}
