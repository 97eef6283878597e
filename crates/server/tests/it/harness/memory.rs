//! The memory of a process as somebody sees it who takes an image from outside, and a search in it that knows disguises.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
};

use upvow_server::commands::demo::search;

/// How much is read at once.
const CHUNK: usize = 1 << 20;

/// Texts to look for, each with a name, in every form.
pub(crate) struct Needles {
    names: Vec<String>,
    forms: search::Needles,
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
    /// These texts, each with a name: it is what a finding tells, never the text itself.
    pub(crate) fn new<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Needles {
        let (names, texts): (Vec<_>, Vec<_>) = texts
            .into_iter()
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .unzip();
        let long = texts.iter().all(|text| text.len() >= 12);
        assert!(long && !texts.is_empty(), "too short to be looked for");
        Needles {
            names,
            forms: search::Needles::new(&texts),
        }
    }

    /// What of it is in these bytes, and in which form.
    pub(crate) fn search(&self, bytes: &[u8]) -> BTreeSet<String> {
        let found = self.forms.forms_in(bytes).into_iter();
        found
            .map(|(whose, form)| format!("{}, {form}", self.names[whose]))
            .collect()
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
            kept = self.forms.longest().min(full);
            bytes.copy_within(full - kept..full, 0);
        }
        Ok(())
    }
}
