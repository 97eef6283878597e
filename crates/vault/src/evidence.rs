//! What can be proven of the vault from outside: whether a value of it is found elsewhere, whether somebody who was
//! erased is back, whether old keys are gone. Nothing here gives a value to anybody.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use upvow_db::{FromRow, Row};
use upvow_domain::{GrantId, Time};
use zeroize::Zeroizing;

use crate::{
    Result, Vault,
    grant_row::{GrantRow, if_whole},
    hook::HookRow,
    keys::KeyFolder,
    seal,
    tombstone::standing,
};

/// So many bytes of a value's end tell it from every other; the beginnings of tokens are alike.
const TELLING: usize = 40;
/// A shorter value would be found by chance.
const SHORTEST: usize = 8;

type Secret = Zeroizing<Vec<u8>>;

/// Knows what the vault holds and says only whether it is in something else. Clones share it; wiped with the last.
#[derive(Clone)]
pub struct Finder {
    by_start: Arc<HashMap<[u8; 4], Vec<Secret>>>,
    /// Whether anything begins with these two bytes: most places of a content are passed over by this alone.
    pairs: Arc<Vec<bool>>,
    values: usize,
}

impl Finder {
    fn new() -> Finder {
        Finder {
            by_start: Arc::default(),
            pairs: Arc::new(vec![false; 1 << 16]),
            values: 0,
        }
    }

    fn add(&mut self, value: &str) {
        self.values += 1;
        let end = value.len().saturating_sub(TELLING);
        let end = (end..value.len())
            .find(|&at| value.is_char_boundary(at))
            .unwrap_or(0);
        let plain = &value.as_bytes()[end..];
        let mut forms = vec![
            Zeroizing::new(plain.to_vec()),
            Zeroizing::new(seal::hex(plain).into_bytes()),
            Zeroizing::new(percent(plain)),
        ];
        for form in (0..3).filter_map(|lead| base64_inside(plain, lead)) {
            // The alphabet for addresses has two other signs.
            let other = form.iter().map(|&sign| match sign {
                b'+' => b'-',
                b'/' => b'_',
                sign => sign,
            });
            forms.push(Zeroizing::new(other.collect()));
            forms.push(form);
        }
        for mut form in forms {
            form.make_ascii_lowercase();
            if form.len() >= SHORTEST
                && let Some((start, rest)) = form.split_first_chunk::<4>()
            {
                let rest = Zeroizing::new(rest.to_vec());
                Arc::make_mut(&mut self.pairs)[pair(start)] = true;
                Arc::make_mut(&mut self.by_start)
                    .entry(*start)
                    .or_default()
                    .push(rest);
            }
        }
    }

    /// Whether the content holds any value of the vault: plain, in an address, in hexadecimal digits or in base64, in
    /// either case of letters.
    pub fn finds(&self, content: &[u8]) -> bool {
        let content = Zeroizing::new(content.to_ascii_lowercase());
        content.windows(4).enumerate().any(|(at, start)| {
            if !self.pairs[pair(start)] {
                return false;
            }
            self.by_start.get(start).is_some_and(|rests| {
                rests
                    .iter()
                    .any(|rest| content[at + 4..].starts_with(&rest[..]))
            })
        })
    }

    /// How many values it knows.
    pub fn values(&self) -> usize {
        self.values
    }

    /// A value split between two pieces of a content is found if the pieces overlap by this much.
    pub const OVERLAP: usize = 4 * TELLING;
}

/// The place of the first two bytes among all pairs.
fn pair(start: &[u8]) -> usize {
    usize::from(start[0]) << 8 | usize::from(start[1])
}

/// How the vault's epochs, erasures and tombstones stand with each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aftermath {
    /// The epochs whose keys are in the folder; only the present one may be.
    pub epoch_keys: Vec<u32>,
    /// Grants that are in use although their account is barred.
    pub barred_in_use: u32,
    /// Grants that are there although the ledger says that their erasure was finished.
    pub erased_still_there: u32,
    /// When the oldest erasure that is not finished was begun.
    pub oldest_open: Option<Time>,
    /// Erasures that the ledger file knows, and those that the store knows: they are the same.
    pub told: u32,
    /// See `told`.
    pub stored: u32,
}

/// A grant that is not being erased.
#[derive(Debug, Clone)]
pub struct Holding {
    /// Its id.
    pub id: GrantId,
    /// What it was granted.
    pub scopes: String,
    /// When its person last agreed.
    pub consented_at: Time,
    /// When its tokens were last exchanged.
    pub refreshed_at: Time,
    /// Whether Atlassian ended it.
    pub is_dead: bool,
}

impl Vault {
    /// A finder of everything that is held now.
    pub async fn finder(&self) -> Result<Finder> {
        let mut finder = Finder::new();
        let mut act = self.0.read().await?;
        let (tx, keys) = act.parts();
        let mut after = String::new();
        loop {
            let page = GrantRow::page(tx, &after).await?;
            let Some(last) = page.last() else { break };
            after = last.id.stored();
            for row in &page {
                if let Some(value) = if_whole(row.open_account(keys))? {
                    finder.add(value.expose());
                }
                for value in [
                    if_whole(row.open_access(keys))?,
                    if_whole(row.open_revoke_access(keys))?,
                ] {
                    value.inspect(|value| finder.add(value.expose()));
                }
                for value in [
                    if_whole(row.open_refresh(keys))?,
                    if_whole(row.open_revoke_refresh(keys))?,
                ] {
                    value.inspect(|value| finder.add(value.expose()));
                }
            }
        }
        after.clear();
        loop {
            let page = HookRow::page(tx, &after).await?;
            let Some(last) = page.last() else { break };
            after = last.id.stored();
            for row in &page {
                if let Some(value) = if_whole(row.open(keys).map(Some))? {
                    finder.add(value.expose());
                }
            }
        }
        Ok(finder)
    }

    /// What is left of those who are gone.
    pub async fn aftermath(&self, now: Time) -> Result<Aftermath> {
        let told = self.0.ledger.read()?;
        let (epoch_keys, staged) = KeyFolder::at(&self.0.settings)?.epochs()?;
        let mut act = self.0.read().await?;
        let (tx, keys) = act.parts();
        let finished: BTreeSet<GrantId> = told
            .erasures
            .values()
            .filter(|erasure| erasure.finished.is_some())
            .map(|erasure| erasure.grant)
            .collect();
        let (mut barred, mut still_there) = (0, 0);
        let mut after = String::new();
        loop {
            let page = GrantRow::page(tx, &after).await?;
            let Some(last) = page.last() else { break };
            after = last.id.stored();
            for row in &page {
                still_there += u32::from(finished.contains(&row.id));
                if row.state != "live" {
                    continue;
                }
                if let Some(account) = if_whole(row.open_account(keys))? {
                    let stands = standing(tx, &keys.tombstone(&account), now).await?;
                    barred += u32::from(stands.is_some());
                }
            }
        }
        let oldest_open = tx
            .value::<Option<Time>>(
                "SELECT MIN(begun_at) FROM erasures WHERE finished_at IS NULL",
                vec![],
            )
            .await?
            .flatten();
        let stored = tx.count("SELECT COUNT(*) FROM erasures", vec![]).await?;
        Ok(Aftermath {
            epoch_keys: epoch_keys.into_iter().chain(staged).collect(),
            barred_in_use: barred,
            erased_still_there: still_there,
            oldest_open,
            told: u32::try_from(told.erasures.len()).unwrap_or(u32::MAX),
            stored: u32::try_from(stored).unwrap_or(u32::MAX),
        })
    }

    /// The grants that are not being erased, without whose they are.
    pub async fn holdings(&self) -> Result<Vec<Holding>> {
        let mut act = self.0.read().await?;
        Ok(act
            .tx
            .all(
                "SELECT id, scopes, consented_at, refreshed_at, state FROM grants
                 WHERE state <> 'revoke_only'
                 ORDER BY id",
                vec![],
            )
            .await?)
    }

    /// Tries to open every sealed field in each place where it does not belong: under the name of another field, of
    /// another record and of another version. Gives how many were tried and how many opened; none may.
    pub async fn try_moved_copies(&self) -> Result<(usize, usize)> {
        let (mut tried, mut opened) = (0, 0);
        let mut act = self.0.read().await?;
        let (tx, keys) = act.parts();
        let mut after = String::new();
        loop {
            let page = GrantRow::page(tx, &after).await?;
            let Some(last) = page.last() else { break };
            after = last.id.stored();
            for row in &page {
                for place in row.foreign_places() {
                    for (what, sealed) in row.fields() {
                        let Some(sealed) = sealed.filter(|_| place.what != what || place.moved)
                        else {
                            continue;
                        };
                        tried += 1;
                        opened += usize::from(keys.open(place.place(), sealed).is_ok());
                    }
                }
            }
        }
        Ok((tried, opened))
    }
}

/// A place where a sealed value of a grant could be put by mistake or on purpose.
pub(crate) struct Foreign {
    pub(crate) what: &'static str,
    pub(crate) id: String,
    pub(crate) version: i64,
    /// Not the record itself: then even the field of the same name is foreign.
    pub(crate) moved: bool,
}

impl Foreign {
    fn place(&self) -> crate::keys::Place<'_> {
        crate::keys::Place {
            what: self.what,
            id: &self.id,
            version: self.version,
        }
    }
}

impl GrantRow {
    /// Every field of this record, of another one, and of the version before.
    fn foreign_places(&self) -> Vec<Foreign> {
        let own = self.id.stored();
        let other: String = own.chars().rev().collect();
        let records = [
            (own.clone(), self.version, false),
            (other, self.version, true),
            (own, self.version - 1, true),
        ];
        let fields = self.fields().map(|(what, _)| what);
        records
            .iter()
            .flat_map(|(id, version, moved)| {
                fields.map(|what| Foreign {
                    what,
                    id: id.clone(),
                    version: *version,
                    moved: *moved,
                })
            })
            .collect()
    }
}

impl FromRow for Holding {
    fn from_row(row: &Row) -> upvow_db::Result<Self> {
        Ok(Holding {
            id: row.get("id")?,
            scopes: row.get("scopes")?,
            consented_at: row.get("consented_at")?,
            refreshed_at: row.get("refreshed_at")?,
            is_dead: row.get::<String>("state")? == "dead",
        })
    }
}

/// Percent-encoded as in an address.
fn percent(plain: &[u8]) -> Vec<u8> {
    let mut all = Vec::with_capacity(3 * plain.len());
    for &byte in plain {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            all.push(byte);
        } else {
            all.push(b'%');
            all.extend_from_slice(seal::hex(&[byte]).as_bytes());
        }
    }
    all
}

/// What of a text's base64 is the same whatever stands before it, when `lead` bytes do so in its first group.
fn base64_inside(plain: &[u8], lead: usize) -> Option<Zeroizing<Vec<u8>>> {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    // Whole groups only: their signs depend on nothing but their three bytes.
    let skipped = (3 - lead) % 3;
    let groups = plain.get(skipped..)?.as_chunks::<3>().0;
    let signs = groups.iter().flat_map(|&[a, b, c]| {
        [
            a >> 2,
            (a & 3) << 4 | b >> 4,
            (b & 15) << 2 | c >> 6,
            c & 63,
        ]
        .map(|sign| SIGNS[usize::from(sign)])
    });
    Some(Zeroizing::new(signs.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Promise 2.1, 7.4.
    #[test]
    fn a_value_is_found_in_every_form_and_nothing_else_is() {
        let mut finder = Finder::new();
        finder.add("712020:0f3c9d1e-8b7a-4c65-9e21-d0c4b5a69788");
        for text in [
            "x712020:0f3c9d1e-8b7a-4c65-9e21-d0c4b5a69788y",
            "account=712020%3A0F3C9D1E-8B7A-4C65-9E21-D0C4B5A69788&a",
            "3731323032303a30663363396431652d386237612d346336352d396532312d643063346235613639373838",
            // "a" + value and "ab" + value and the value itself, in base64
            "YTcxMjAyMDowZjNjOWQxZS04YjdhLTRjNjUtOWUyMS1kMGM0YjVhNjk3ODg=",
            "YWI3MTIwMjA6MGYzYzlkMWUtOGI3YS00YzY1LTllMjEtZDBjNGI1YTY5Nzg4",
            "NzEyMDIwOjBmM2M5ZDFlLThiN2EtNGM2NS05ZTIxLWQwYzRiNWE2OTc4OA==",
        ] {
            assert!(finder.finds(text.as_bytes()), "{text}");
        }
        assert!(!finder.finds(b"712020:0f3c9d1e-8b7a-4c65-9e21-d0c4b5a69789"));
        assert!(!finder.finds(b""));
    }
}
