//! What the server's process takes while it works, as Linux tells it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Growth below this is noise, whatever its share.
const NOISE_KB: u64 = 8 * 1024;
/// And growth below this share of what was there before.
const NOISE_PERCENT: u64 = 10;

/// Sizes in KiB.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sample {
    /// Since the load began.
    pub at: Duration,
    /// The memory that is resident.
    pub resident: u64,
    /// As much of it as belongs to no file.
    pub anonymous: u64,
    /// Open files and sockets.
    pub files: usize,
    /// The data file.
    pub data: u64,
    /// The log beside it.
    pub log: u64,
}

/// All samples of a run, in order.
#[derive(Debug, Clone, Default)]
pub struct Samples(pub Vec<Sample>);

/// Looks at a process and its data file; zero is what cannot be seen.
pub(super) fn sample(process: u32, data: &Path, at: Duration) -> Sample {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let number = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let word = line.and_then(|rest| rest.split_whitespace().next());
        word.and_then(|word| word.parse().ok()).unwrap_or(0)
    };
    let size = |path: PathBuf| fs::metadata(path).map_or(0, |file| file.len() / 1024);
    let mut log = data.as_os_str().to_owned();
    log.push("-wal");
    Sample {
        at,
        resident: number("VmRSS:"),
        anonymous: number("RssAnon:"),
        files: fs::read_dir(format!("/proc/{process}/fd")).map_or(0, Iterator::count),
        data: size(data.to_owned()),
        log: size(log.into()),
    }
}

impl Samples {
    /// The mean resident memory of a quarter of the run, the first being 0.
    pub fn quarter(&self, quarter: usize) -> u64 {
        let (whole, begin) = (self.0.len(), self.0.len() * quarter / 4);
        let some = self
            .0
            .get(begin..whole * (quarter + 1) / 4)
            .unwrap_or_default();
        let sum: u64 = some.iter().map(|sample| sample.resident).sum();
        sum / (some.len() as u64).max(1)
    }

    /// The most of something.
    pub fn most(&self, of: fn(&Sample) -> u64) -> u64 {
        self.0.iter().map(of).max().unwrap_or(0)
    }

    /// In words, what has grown from the second quarter to the last.
    pub fn grown(&self) -> Option<String> {
        let (second, last) = (self.quarter(1), self.quarter(3));
        if second == 0 {
            return Some("the memory was not seen".to_owned());
        }
        let room = NOISE_KB.max(second * NOISE_PERCENT / 100);
        (last > second + room).then(|| {
            format!("{second} KiB in the second quarter of the time, {last} KiB in the last")
        })
    }
}
