//! The memory of a process as somebody sees it who takes an image from outside, and a search in it that knows disguises.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE},
};

/// How much is read at once.
const CHUNK: usize = 1 << 20;

/// Texts to look for, each in every disguise.
pub(crate) struct Needles {
    all: Vec<Needle>,
    /// By their first two bytes.
    by_start: Vec<Vec<usize>>,
    longest: usize,
}

struct Needle {
    bytes: Vec<u8>,
    /// For people: whose and how, never the text itself.
    what: String,
}

/// What a look at a process gave.
#[derive(Debug)]
pub(crate) struct Seen {
    /// What was found, and in which disguise.
    pub(crate) found: BTreeSet<String>,
    /// How many bytes were looked at.
    pub(crate) bytes: u64,
    /// How many mappings could not be read.
    pub(crate) unread: usize,
}

impl Needles {
    /// These texts, each with a name.
    pub(crate) fn new<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Needles {
        let mut all = Vec::new();
        for (name, text) in texts {
            assert!(text.len() >= 12, "{name} is too short to be looked for");
            all.extend(disguises(text).into_iter().map(|(how, bytes)| Needle {
                bytes,
                what: format!("{name}, {how}"),
            }));
        }
        let mut by_start = vec![Vec::new(); 1 << 16];
        for (index, needle) in all.iter().enumerate() {
            by_start[start(&needle.bytes)].push(index);
        }
        let longest = all.iter().map(|needle| needle.bytes.len()).max();
        Needles {
            longest: longest.expect("something to look for"),
            all,
            by_start,
        }
    }

    /// What of it is in these bytes.
    pub(crate) fn search(&self, bytes: &[u8]) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for at in 0..bytes.len().saturating_sub(1) {
            for &index in &self.by_start[start(&bytes[at..])] {
                let needle = &self.all[index];
                if bytes[at..].starts_with(&needle.bytes) {
                    found.insert(needle.what.clone());
                }
            }
        }
        found
    }

    /// What of it is in the memory of a process, in every mapping that can be read.
    pub(crate) fn search_process(&self, process: u32) -> io::Result<Seen> {
        let maps = std::fs::read_to_string(format!("/proc/{process}/maps"))?;
        let mut memory = File::open(format!("/proc/{process}/mem"))?;
        let mut seen = Seen {
            found: BTreeSet::new(),
            bytes: 0,
            unread: 0,
        };
        for line in maps.lines() {
            let mut words = line.split_whitespace();
            let (Some(range), Some(rights)) = (words.next(), words.next()) else {
                continue;
            };
            // The kernel's own pages; they cannot be read this way.
            if !rights.starts_with('r') || line.ends_with("[vvar]") || line.contains("[vsyscall]") {
                continue;
            }
            let (from, to) = range.split_once('-').expect("a range");
            let [from, to] =
                [from, to].map(|text| u64::from_str_radix(text, 16).expect("an address"));
            if self.search_range(&mut memory, from, to, &mut seen).is_err() {
                seen.unread += 1;
            }
        }
        Ok(seen)
    }

    /// Chunk by chunk, each begun early enough that nothing lies across a border.
    fn search_range(
        &self,
        memory: &mut File,
        from: u64,
        to: u64,
        seen: &mut Seen,
    ) -> io::Result<()> {
        let mut bytes = vec![0; CHUNK];
        let mut kept = 0;
        memory.seek(SeekFrom::Start(from))?;
        let mut left = usize::try_from(to - from).expect("an address fits");
        while left > 0 {
            let most = left.min(CHUNK - kept);
            let read = memory.read(&mut bytes[kept..kept + most])?;
            if read == 0 {
                break;
            }
            left -= read;
            seen.bytes += read as u64;
            let full = kept + read;
            seen.found.extend(self.search(&bytes[..full]));
            kept = self.longest.min(full);
            bytes.copy_within(full - kept..full, 0);
        }
        Ok(())
    }
}

fn start(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 8 | usize::from(bytes[1])
}

/// The text as it may stand somewhere: plain, its end alone (what is before it overwritten), as hexadecimal digits, with
/// percent signs, and in base64 at each of the three places it can begin at.
pub(crate) fn disguises(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = text.as_bytes();
    let digits = |upper: bool| -> Vec<u8> {
        let hex = bytes.iter().map(|byte| {
            if upper {
                format!("{byte:02X}")
            } else {
                format!("{byte:02x}")
            }
        });
        hex.collect::<String>().into_bytes()
    };
    let percent: String = bytes
        .iter()
        .map(|&byte| {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect();
    let mut all = vec![
        ("plain", bytes.to_vec()),
        ("hexadecimal", digits(false)),
        ("hexadecimal", digits(true)),
        ("percent", percent.into_bytes()),
        ("wide", bytes.iter().flat_map(|&byte| [byte, 0]).collect()),
    ];
    if bytes.len() >= 48 {
        all.push(("its end", bytes[bytes.len() - 24..].to_vec()));
    }
    for skip in 0..3 {
        let part = &bytes[skip..];
        // Whole groups of three: what comes before and after changes no letter of theirs.
        let part = &part[..part.len() / 3 * 3];
        all.push(("base64", STANDARD.encode(part).into_bytes()));
        all.push(("base64", URL_SAFE.encode(part).into_bytes()));
    }
    all
}
