//! What the kernel says of a process.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// Resident memory in bytes.
pub fn resident_bytes(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let kilobytes =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")).and_then(|rest| rest.split_whitespace().next());
    kilobytes.and_then(|kilobytes| kilobytes.parse::<u64>().ok()).unwrap_or_default() * 1_024
}

/// Processor time so far, of all threads, to a hundredth of a second.
pub fn cpu_time(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // After the name, which may hold anything: utime and stime are the 14th and 15th fields of all.
    let fields: Vec<&str> =
        stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().collect()).unwrap_or_default();
    let ticks: u64 = fields.iter().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// The program `name`, from the folder that this bench was built into, or from `BINARIES`.
pub fn binary(name: &str) -> PathBuf {
    let folder = match std::env::var_os("BINARIES") {
        Some(folder) => PathBuf::from(folder),
        None => std::env::current_exe().unwrap().parent().unwrap().to_owned(),
    };
    let path = folder.join(name);
    assert!(path.exists(), "{} is missing: `cargo build --release -p {name}`", path.display());
    path
}
