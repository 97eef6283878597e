//! What is promised, and the proof: for anybody, without signing in. Its changes as an Atom feed; its proofs as JSON.

use std::fmt::Write as _;

use askama::Template;
use axum::{
    Json, Router,
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use serde_json::{Value, json};
use upvow_app::{
    App,
    privacy::promises::{
        self, Change, Day, NOTICE_DAYS, Proof, Standing, addendum, changes,
        checks::Finding,
        notices::{self, Announcement},
        proofs,
    },
};
use upvow_domain::Time;

use super::super::{
    filters,
    frame::{Frame, show},
    words::{When, count},
};
use crate::{PageError, Visit, Web};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/trust", get(read))
        .route("/trust/feed.atom", get(feed))
        .route("/trust/promises.json", get(proofs_as_json))
}

#[derive(Template)]
#[template(path = "trust.html")]
struct Trust {
    frame: Frame,
    opening: String,
    sections: Vec<Part>,
    subprocessors: Vec<Listed>,
    ahead: Vec<Announcement>,
    changes: &'static [Change],
    in_force: i64,
    counts: Counts,
    now: Time,
}

/// A section with what stands behind its sentences.
struct Part {
    number: String,
    title: String,
    proofs: Vec<Proof>,
}

/// A subprocessor, and from when on it counts.
struct Listed {
    name: String,
    role: String,
    country: String,
    transfer: String,
    hosts: Vec<String>,
    announced: Option<Day>,
    effective: Day,
    is_ahead: bool,
}

/// How many promises stand how.
#[derive(Default)]
struct Counts {
    holds: usize,
    fails: usize,
    other: usize,
    all: usize,
    oldest: Option<Time>,
}

impl Trust {
    fn when(&self, at: &Time) -> When {
        When::new(*at, self.now)
    }

    fn day(&self, at: &Time) -> Day {
        Day::of(*at)
    }

    fn standing(&self, proof: &Proof) -> (&'static str, &'static str) {
        match proof.standing(self.now) {
            Standing::Holds => ("ok", "Proven"),
            Standing::Fails => ("bad", "Does not hold"),
            Standing::NotApplicable => ("plain", "Nothing to check here"),
            Standing::Old => ("warn", "Proof is old"),
            Standing::Never => ("warn", "Not checked yet"),
        }
    }

    /// A sentence in pieces: words, then a name between backticks, then words.
    fn words<'a>(&self, sentence: &'a str) -> impl Iterator<Item = (bool, &'a str)> {
        let pieces = sentence.split('`').enumerate();
        pieces.map(|(at, piece)| (at % 2 == 1, piece))
    }

    /// What the check found, if it is not simply so.
    fn found<'a>(&self, proof: &'a Proof) -> &'a str {
        proof.finding.as_ref().map_or("", Finding::what)
    }

    fn promises(&self) -> String {
        count(
            i64::try_from(self.counts.all).unwrap_or(i64::MAX),
            "promise",
        )
    }

    fn notice_days(&self) -> u16 {
        NOTICE_DAYS
    }

    fn is_proven(&self) -> bool {
        self.counts.fails == 0 && self.counts.holds > 0
    }
}

async fn read(visit: Visit) -> Result<Response, PageError> {
    let app = &visit.app;
    let now = app.now();
    let mut known = proofs::last(app).await?;
    let counts = counts(&known, now);
    let announced = notices::all(app).await?;
    let sections = addendum::text(app)
        .into_iter()
        .map(|section| Part {
            proofs: known
                .extract_if(.., |proof| {
                    section.sentences.iter().any(|s| s.id == proof.id)
                })
                .collect(),
            number: section.number,
            title: section.title,
        })
        .collect();
    show(&Trust {
        frame: Frame::outside(&visit, "What we promise, and the proof"),
        opening: addendum::opening(app),
        sections,
        subprocessors: listed(app, &announced),
        ahead: announced
            .into_iter()
            .filter(|one| one.effective_at > now)
            .collect(),
        changes: changes::all(),
        in_force: promises::in_force(now),
        counts,
        now,
    })
}

fn counts(proofs: &[Proof], now: Time) -> Counts {
    let of = |wanted: &[Standing]| {
        let is_it = |proof: &&Proof| wanted.contains(&proof.standing(now));
        proofs.iter().filter(is_it).count()
    };
    Counts {
        holds: of(&[Standing::Holds]),
        fails: of(&[Standing::Fails]),
        other: of(&[Standing::Old, Standing::Never, Standing::NotApplicable]),
        all: proofs.len(),
        oldest: proofs.iter().filter_map(|proof| proof.checked_at).min(),
    }
}

fn listed(app: &App, announced: &[Announcement]) -> Vec<Listed> {
    let now = app.now();
    app.settings
        .subprocessors
        .all()
        .map(|one| {
            let key = one.key();
            let told = announced.iter().find(|other| other.id == key);
            let effective = told.map_or(one.since, |told| Day::of(told.effective_at));
            Listed {
                name: one.name.clone(),
                role: one.role.clone(),
                country: one.country.clone(),
                transfer: one.transfer.clone(),
                hosts: one.hosts.clone(),
                announced: told.map(|told| Day::of(told.announced_at)),
                effective,
                is_ahead: effective.begins() > now,
            }
        })
        .collect()
}

async fn proofs_as_json(visit: Visit) -> Result<Json<Value>, PageError> {
    let known = proofs::last(&visit.app).await?;
    Ok(Json(as_json(&known)))
}

/// The proofs as programs read them.
fn as_json(proofs: &[Proof]) -> Value {
    let rows: Vec<Value> = proofs
        .iter()
        .map(|proof| {
            json!({
                "id": proof.id,
                "sentence": proof.sentence,
                "mechanism": proof.mechanism,
                "check": proof.check,
                "result": proof.finding.as_ref().map_or("never", Finding::word),
                "checked_at": proof.checked_at.map(Time::rfc3339),
            })
        })
        .collect();
    json!({ "promises": rows })
}

/// RFC 4287: one entry for each version of the addendum and for each subprocessor that was announced.
async fn feed(visit: Visit) -> Result<Response, PageError> {
    let app = &visit.app;
    let announced = notices::all(app).await?;
    let home = xml(&app.settings.address("/trust"));
    let mut entries: Vec<(Time, String)> = changes::all()
        .iter()
        .map(|change| {
            let title = format!("Version {}: {}", change.number, change.title);
            let what = format!("{} It counts from {} on.", change.what, change.effective);
            let at = change.date.begins();
            (
                at,
                entry(
                    &home,
                    &format!("version-{}", change.number),
                    &title,
                    &what,
                    at,
                ),
            )
        })
        .collect();
    // Changes are there already; their notices are the same news.
    for one in announced.iter().filter(|one| one.kind == "subprocessor") {
        let day = Day::of(one.effective_at);
        let what = format!("{} It counts from {day} on.", one.what);
        let at = one.announced_at;
        entries.push((at, entry(&home, &one.id, &one.title, &what, at)));
    }
    entries.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let updated = entries.first().map_or(Time(0), |(at, _)| *at).rfc3339();
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <feed xmlns=\"http://www.w3.org/2005/Atom\">\n\
         <id>{home}</id>\n<title>Privacy of {operator}: changes</title>\n<updated>{updated}</updated>\n\
         <author><name>{operator}</name></author>\n\
         <link rel=\"self\" type=\"application/atom+xml\" href=\"{home}/feed.atom\"/>\n\
         <link rel=\"alternate\" type=\"text/html\" href=\"{home}\"/>\n",
        operator = xml(&app.settings.operator),
    );
    for (_, entry) in &entries {
        text.push_str(entry);
    }
    text.push_str("</feed>\n");
    let kind = HeaderValue::from_static("application/atom+xml; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

fn entry(home: &str, name: &str, title: &str, what: &str, at: Time) -> String {
    let mut text = String::new();
    let at = at.rfc3339();
    write!(
        text,
        "<entry>\n<id>{home}#{name}</id>\n<title>{}</title>\n<updated>{at}</updated>\n<published>{at}</published>\n\
         <link rel=\"alternate\" type=\"text/html\" href=\"{home}#{name}\"/>\n\
         <content type=\"text\">{}</content>\n</entry>\n",
        xml(title),
        xml(what),
    )
    .expect("writing to a string does not fail");
    text
}

/// Text in XML, also between quotes. Signs that XML cannot hold are left out.
fn xml(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\n' | '\t' => safe.push(sign),
            sign if sign.is_control() => {}
            sign => safe.push(sign),
        }
    }
    safe
}
