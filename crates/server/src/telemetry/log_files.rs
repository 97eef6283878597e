//! Log files that rotate by size and by age, and that their own writer deletes when their term is over.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tracing_subscriber::fmt::MakeWriter;
use upvow_app::{Clock, Time};

/// A file is closed when it holds this much, so that a noisy hour cannot fill a disk with one file.
const MOST_BYTES: u64 = 16 * 1024 * 1024;
/// And this many closed files at most are kept.
const MOST_FILES: usize = 20;

/// The writer. Clones share it.
#[derive(Clone)]
pub struct LogFiles(Arc<Mutex<Open>>);

struct Open {
    folder: PathBuf,
    kept_for: Duration,
    clock: Clock,
    file: File,
    began: Time,
    bytes: u64,
}

impl LogFiles {
    /// Opens a new file in the folder (made if missing) and deletes what is too old. No line lives longer than
    /// `kept_for`: a file is closed after a seventh of it, and deleted that long after it was begun.
    pub fn open(folder: &Path, kept_for: Duration, clock: Clock) -> io::Result<LogFiles> {
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(folder)?;
        let began = clock.now();
        let file = create(folder, began)?;
        let open = Open {
            folder: folder.to_owned(),
            kept_for,
            clock,
            file,
            began,
            bytes: 0,
        };
        open.sweep();
        Ok(LogFiles(Arc::new(Mutex::new(open))))
    }

    /// Closes the file if it is old enough, and deletes what is too old. To be called at least once an hour.
    pub fn sweep(&self) {
        let mut open = self.lock();
        open.rotate_if_due(0);
        open.sweep();
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        // A panic in a writer leaves nothing half done here.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn rotate_if_due(&mut self, more: u64) {
        let now = self.clock.now();
        let is_old = now.since(self.began) >= self.kept_for / 7;
        if (is_old && self.bytes > 0) || self.bytes + more > MOST_BYTES {
            // Where no new file can be made the old one goes on: a log line too many beats none.
            if let Ok(file) = create(&self.folder, now) {
                (self.file, self.began, self.bytes) = (file, now, 0);
                self.sweep();
            }
        } else if is_old {
            self.began = now;
        }
    }

    fn sweep(&self) {
        let oldest = self.clock.now().minus(self.kept_for).0;
        let mut closed: Vec<(i64, PathBuf)> = std::fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .filter_map(|entry| {
                let path = entry.ok()?.path();
                Some((began(&path)?, path))
            })
            .filter(|(began, _)| *began < self.began.0)
            .collect();
        closed.sort();
        let too_many = closed.len().saturating_sub(MOST_FILES);
        for (at, (began, path)) in closed.iter().enumerate() {
            if *began < oldest || at < too_many {
                // Tried again at the next sweep.
                let _ = std::fs::remove_file(path);
            }
        }
    }
}

impl Write for LogFiles {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut open = self.lock();
        let more = u64::try_from(line.len()).unwrap_or(u64::MAX);
        open.rotate_if_due(more);
        open.file.write_all(line)?;
        open.bytes = open.bytes.saturating_add(more);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.lock().file.flush()
    }
}

impl<'a> MakeWriter<'a> for LogFiles {
    type Writer = LogFiles;

    fn make_writer(&'a self) -> LogFiles {
        self.clone()
    }
}

fn create(folder: &Path, began: Time) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(folder.join(format!("upvow-{:013}.jsonl", began.0)))
}

/// When a file was begun, by its name; `None` if it is not one of ours.
fn began(path: &Path) -> Option<i64> {
    path.file_name()?
        .to_str()?
        .strip_prefix("upvow-")?
        .strip_suffix(".jsonl")?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEEK: Duration = Duration::from_hours(7 * 24);

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Promise 5.6.
    #[test]
    fn no_line_outlives_its_week_even_if_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::at(Time(1_000));
        let mut files = LogFiles::open(folder.path(), WEEK, clock.clone()).unwrap();
        files.write_all(b"{\"message\":\"old\"}\n").unwrap();
        clock.advance(Duration::from_hours(25));
        files.write_all(b"{\"message\":\"new\"}\n").unwrap();
        assert_eq!(
            names(folder.path()).len(),
            2,
            "a day later there is a second file"
        );
        clock.advance(Duration::from_hours(6 * 24));
        files.sweep();
        let left: String = names(folder.path())
            .iter()
            .map(|name| std::fs::read_to_string(folder.path().join(name)).unwrap())
            .collect();
        assert!(left.contains("new") && !left.contains("old"), "{left}");
    }

    #[test]
    fn a_full_file_makes_room_for_the_next_and_foreign_files_stay() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("notes.txt"), "mine").unwrap();
        let clock = Clock::at(Time(1_000));
        let mut files = LogFiles::open(folder.path(), WEEK, clock.clone()).unwrap();
        let line = vec![b'x'; 1024 * 1024];
        for _ in 0..(MOST_FILES * 16 + 64) {
            clock.advance(Duration::from_millis(1));
            files.write_all(&line).unwrap();
        }
        let names = names(folder.path());
        assert!(names.contains(&"notes.txt".to_owned()));
        assert_eq!(
            names.len(),
            MOST_FILES + 2,
            "closed ones, the open one, and the foreign one"
        );
    }
}
