//! Everybody in the simulated cloud. This table is the only place that holds a personal string, so that nothing else can be sent,
//! and so that anyone can search a data folder for what must not be there.

use std::sync::{LazyLock, OnceLock};

use serde_json::{Value, json};

/// One Atlassian account. Every string is distinctive on purpose: no common word, at least eight characters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Person {
    pub(crate) account_id: &'static str,
    pub(crate) display_name: &'static str,
    pub(crate) nickname: &'static str,
    pub(crate) email: &'static str,
    /// The path of the picture under the simulator's base address.
    pub(crate) avatar: &'static str,
    pub(crate) initials: &'static str,
    pub(crate) color: &'static str,
}

/// A reference to somebody in the table.
pub(crate) type Who = &'static Person;

/// A word that everybody bears in this process.
static MARK: OnceLock<String> = OnceLock::new();

/// The table. The first is the site administrator, the one who usually signs in.
pub(crate) static EVERYBODY: LazyLock<[Person; 12]> = LazyLock::new(|| match MARK.get() {
    Some(word) => TABLE.map(|person| person.marked(word)),
    None => TABLE,
});

/// From now on everybody in this process bears this word in every personal string, so that whoever finds it anywhere knows
/// from which run it came. Once, and before anything is asked of the simulator; gives whether it was taken.
pub fn mark(word: &str) -> bool {
    let is_plain = word.len() >= 8
        && word
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    is_plain && MARK.set(word.to_owned()).is_ok()
}

const TABLE: [Person; 12] = [
    person(
        "712020:4f1d9c3e-6b02-4a57-9e11-0c7a52d8b6f1",
        "Ottilie Quastenberg",
        "ottilie.quast",
        "ottilie.quastenberg@kestrelworks.example",
        "/avatar/otq-7f3c9e21b4",
        "OQ",
        "#6e4bd8",
    ),
    person(
        "712020:91b7e2aa-35fd-4c08-8d64-e2f1907c43b8",
        "Bartholomäus Zwickl",
        "barth.zwickl",
        "bartholomaeus.zwickl@kestrelworks.example",
        "/avatar/bzw-18ad06c95e",
        "BZ",
        "#0b7a75",
    ),
    person(
        "5d53f3cbc6b9320d9ea5bdc2",
        "Marisol Etxeberria",
        "mari.etxeb",
        "marisol.etxeberria@kestrelworks.example",
        "/avatar/met-c2410bb7f8",
        "ME",
        "#b3441e",
    ),
    person(
        "712020:c80f5b16-7d9e-4e3a-a2c5-b94d0e6178fa",
        "Thaddeus Okonkwo-Rhys",
        "thad.okorhys",
        "thaddeus.okonkwo@kestrelworks.example",
        "/avatar/tok-90e7d3a61c",
        "TO",
        "#1f6fc4",
    ),
    person(
        "557058:0e6b27d4-f893-41ca-b7a8-5d3c92e4f016",
        "Sunniva Hjelmstad",
        "sunniva.hjel",
        "sunniva.hjelmstad@kestrelworks.example",
        "/avatar/shj-5b82f4d09a",
        "SH",
        "#a8327e",
    ),
    person(
        "712020:2a9c4d71-e05b-4f86-93d7-16f8b0ca75e3",
        "Yevheniia Prykhodko",
        "yev.prykhod",
        "yevheniia.prykhodko@kestrelworks.example",
        "/avatar/ypr-e6309c71fd",
        "YP",
        "#2f7d32",
    ),
    person(
        "60e5a86a471e61006a4c51fd",
        "Cornelius van Hoogmoed",
        "corn.hoogmoed",
        "cornelius.hoogmoed@kestrelworks.example",
        "/avatar/cvh-37d1ae85c0",
        "CH",
        "#7a5c00",
    ),
    person(
        "712020:d36e81f0-4c27-49b5-8f0a-7be95a12c4d6",
        "Anneliese Brückmoser",
        "anne.brueckm",
        "anneliese.brueckmoser@kestrelworks.example",
        "/avatar/abr-f9052be643",
        "AB",
        "#c0392b",
    ),
    person(
        "712020:6fb2097c-d1a4-4e68-b35f-c08d4e9a7213",
        "Kaveh Mirzazadegan",
        "kaveh.mirzaz",
        "kaveh.mirzazadegan@kestrelworks.example",
        "/avatar/kmi-4ce81d70b2",
        "KM",
        "#3d5a80",
    ),
    person(
        "712020:b5417ea9-08cf-4d92-a6e3-29f7d1b0c85e",
        "Philippine Duvauchelle",
        "pippa.duvauch",
        "philippine.duvauchelle@kestrelworks.example",
        "/avatar/pdv-a27b5f03e9",
        "PD",
        "#006d8f",
    ),
    person(
        "5b10a2844c20165700ede21g",
        "Tomoyuki Hanamizawa",
        "tomo.hanamiz",
        "tomoyuki.hanamizawa@outfield.example",
        "/avatar/tha-d80f61c4a5",
        "TH",
        "#8a4f9e",
    ),
    person(
        "712020:e7d0c352-96ba-4187-bc4f-f3a15807d92b",
        "Ludovica Scarpellini",
        "ludo.scarpell",
        "ludovica.scarpellini@outfield.example",
        "/avatar/lsc-63b9e02d7f",
        "LS",
        "#50671f",
    ),
];

const fn person(
    account_id: &'static str,
    display_name: &'static str,
    nickname: &'static str,
    email: &'static str,
    avatar: &'static str,
    initials: &'static str,
    color: &'static str,
) -> Person {
    Person {
        account_id,
        display_name,
        nickname,
        email,
        avatar,
        initials,
        color,
    }
}

/// Lasts as long as the process, like the table.
#[expect(
    clippy::disallowed_methods,
    reason = "a dozen people, once in a process that only simulates"
)]
fn lasting(text: String) -> &'static str {
    String::leak(text)
}

impl Person {
    /// The same with a word in every string.
    fn marked(self, word: &str) -> Person {
        let (name, host) = self.email.split_once('@').unwrap_or((self.email, ""));
        Person {
            account_id: lasting(format!("{}-{word}", self.account_id)),
            display_name: lasting(format!("{}-{word}", self.display_name)),
            nickname: lasting(format!("{}.{word}", self.nickname)),
            email: lasting(format!("{name}.{word}@{host}")),
            avatar: lasting(format!("{}-{word}", self.avatar)),
            ..self
        }
    }

    /// The account id as it stands inside a query string, where the colon is escaped.
    pub(crate) fn escaped_id(&self) -> String {
        self.account_id.replace(':', "%3A")
    }
}

/// Looks somebody up by account id.
pub(crate) fn find(account_id: &str) -> Option<Who> {
    EVERYBODY
        .iter()
        .find(|person| person.account_id == account_id)
}

/// Looks somebody up by account id, e-mail, display name or nickname, as a script would name them.
pub(crate) fn named(name: &str) -> Option<Who> {
    EVERYBODY.iter().find(|person| {
        [
            person.account_id,
            person.email,
            person.display_name,
            person.nickname,
        ]
        .contains(&name)
    })
}

/// Every personal string the simulator would ever send.
///
/// `avatar_url` is the path of the picture: whatever address the simulator listens on, the address sent contains it.
/// `account_id_escaped` is the account id as it appears in query strings. Time zone and locale are sent too, but are the same for
/// everybody and say nothing about a person.
pub fn people() -> Value {
    let people: Vec<Value> = EVERYBODY
        .iter()
        .map(|person| {
            json!({
                "display_name": person.display_name,
                "nickname": person.nickname,
                "email": person.email,
                "account_id": person.account_id,
                "account_id_escaped": person.escaped_id(),
                "avatar_url": person.avatar,
            })
        })
        .collect();
    json!({ "people": people })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_string_can_be_searched_for_and_belongs_to_one_person() {
        let mut seen = BTreeSet::new();
        for person in EVERYBODY.iter() {
            for string in [
                person.account_id,
                person.display_name,
                person.nickname,
                person.email,
                person.avatar,
            ] {
                assert!(
                    string.chars().count() >= 8,
                    "{string} is too short to search for"
                );
                assert!(seen.insert(string), "{string} occurs twice");
            }
        }
        assert!(EVERYBODY.len() >= 10);
    }

    #[test]
    fn a_mark_is_in_every_string_and_changes_no_form() {
        for person in TABLE.map(|person| person.marked("0a1b2c3d4e5f")) {
            for string in [
                person.account_id,
                person.display_name,
                person.nickname,
                person.email,
                person.avatar,
            ] {
                assert!(string.contains("0a1b2c3d4e5f"), "{string}");
            }
            assert!(person.email.ends_with(".example") && person.account_id.len() <= 128);
        }
        assert!(!mark("short") && !mark("Not plain at all"));
    }

    #[test]
    fn account_ids_are_of_the_form_the_personal_data_api_accepts() {
        for person in EVERYBODY.iter() {
            assert!(
                person
                    .account_id
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || ":-".contains(c))
            );
        }
    }
}
