//! The sample board: Acme Notes, a made-up note-taking program, and the people who want things of it.

use upvow_domain::board::StatusKind::{self, Closed, Done, Planned, Started};

/// Somebody on the sample board.
pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) email: &'static str,
}

const fn person(name: &'static str, email: &'static str) -> Person {
    Person { name, email }
}

/// Owns the board.
pub(super) const OWNER: Person = person("Ines Calloway", "ines@acme-notes.example");
/// Signs in as a voter on the start page.
pub(super) const VOTER: Person = person("Jonah Whitlock", "jonah@mailbox.example");
/// The project's name.
pub(super) const PROJECT: &str = "Acme Notes";

/// Members below the owner, who answer and triage.
pub(super) const TEAM: [Person; 2] = [
    person("Priya Raman", "priya@acme-notes.example"),
    person("Tobias Lind", "tobias@acme-notes.example"),
];

/// Everybody else.
pub(super) const VOTERS: [Person; 22] = [
    VOTER,
    person("Amara Nwosu", "amara@mailbox.example"),
    person("Bela Horvath", "bela@mailbox.example"),
    person("Carmen Ruiz", "carmen@mailbox.example"),
    person("Dmitri Volkov", "dmitri@mailbox.example"),
    person("Elif Kaya", "elif@mailbox.example"),
    person("Frederik Dahl", "frederik@mailbox.example"),
    person("Grace Adeyemi", "grace@mailbox.example"),
    person("Hana Suzuki", "hana@mailbox.example"),
    person("Imran Sheikh", "imran@mailbox.example"),
    person("Julia Brandt", "julia@mailbox.example"),
    person("Kofi Mensah", "kofi@mailbox.example"),
    person("Lena Fischer", "lena@mailbox.example"),
    person("Mateo Alvarez", "mateo@mailbox.example"),
    person("Nadia Petrova", "nadia@mailbox.example"),
    person("Oscar Lindgren", "oscar@mailbox.example"),
    person("Paula Moreau", "paula@mailbox.example"),
    person("Quentin Roche", "quentin@mailbox.example"),
    person("Rosa Castellano", "rosa@mailbox.example"),
    person("Samir Haddad", "samir@mailbox.example"),
    person("Tamsin Boyd", "tamsin@mailbox.example"),
    person("Wei Chen", "wei@mailbox.example"),
];

/// A board: name, slug, what it is for.
pub(super) const BOARDS: [(&str, &str, &str); 3] = [
    (
        "Ideas",
        "ideas",
        "What should Acme Notes be able to do? One idea per post, and vote for those you miss most.",
    ),
    (
        "Mobile apps",
        "mobile-apps",
        "Everything about the apps for Android and iOS.",
    ),
    (
        "Integrations",
        "integrations",
        "Other tools you would like to use together with Acme Notes.",
    ),
];
pub(super) const IDEAS: usize = 0;
pub(super) const MOBILE: usize = 1;
pub(super) const INTEGRATIONS: usize = 2;

/// A post with what became of it. Days count back from now; people by their place in [`VOTERS`] or [`TEAM`].
pub(super) struct Idea {
    pub(super) board: usize,
    pub(super) author: usize,
    pub(super) days_ago: u32,
    pub(super) votes: usize,
    pub(super) status: Option<(StatusKind, u32)>,
    pub(super) title: &'static str,
    pub(super) body: &'static str,
    pub(super) said: &'static [Said],
}

/// A comment.
pub(super) enum Said {
    /// By a voter.
    Voter(usize, u32, &'static str),
    /// By a member, as the official answer.
    Answer(usize, u32, &'static str),
    /// By a member, for members only.
    Note(usize, u32, &'static str),
}
use Said::{Answer, Note, Voter};

/// The posts.
pub(super) const POSTS: &[Idea] = &[
    Idea {
        board: IDEAS,
        author: 5,
        days_ago: 61,
        votes: 21,
        status: Some((Started, 9)),
        title: "Work offline and sync later",
        body: "I take notes on trains, and half of the way there is no network. At the moment a note I wrote in a tunnel is gone when the page reloads.\n\nWhat I would love:\n\n- everything I opened lately stays readable\n- new notes are kept on the device until there is a network\n- if two devices changed the same note, **show me both** instead of choosing one",
        said: &[
            Voter(
                12,
                60,
                "Same here. Even a plain read-only copy of my pinned notes would help a lot.",
            ),
            Voter(
                3,
                55,
                "Please do not do silent \"last write wins\". I lost a whole afternoon to that in another program.",
            ),
            Answer(
                0,
                40,
                "We are on it. Reading offline comes first, then writing, then the side-by-side view for conflicts. Each step ships by itself, so you will not have to wait for all three.",
            ),
            Voter(
                5,
                39,
                "Side by side is exactly right. Thank you for not guessing!",
            ),
            Note(
                1,
                20,
                "Storage quota on Safari is the open question; see the spike.",
            ),
        ],
    },
    Idea {
        board: IDEAS,
        author: 2,
        days_ago: 58,
        votes: 18,
        status: Some((Planned, 21)),
        title: "Link notes to each other with [[double brackets]]",
        body: "Typing `[[` should offer my notes by title, and the linked note should list who links to it. That turns a heap of notes into something I can walk through.\n\nIf a note is renamed, its links should follow.",
        said: &[
            Voter(7, 50, "Backlinks are the important half for me."),
            Answer(
                1,
                21,
                "Planned for the next quarter. Links will point to the note itself, not to its title, so that renaming breaks nothing.",
            ),
        ],
    },
    Idea {
        board: IDEAS,
        author: 8,
        days_ago: 47,
        votes: 15,
        status: Some((Done, 6)),
        title: "Dark mode",
        body: "I write late in the evening next to a sleeping baby. A white page at full brightness is a flash light.",
        said: &[
            Voter(14, 44, "Please follow the system's setting by default."),
            Answer(
                0,
                6,
                "Here it is: it follows your system, and you can override it under Appearance. Thank you all for testing the early version.",
            ),
            Voter(8, 5, "The baby says thank you too."),
        ],
    },
    Idea {
        board: IDEAS,
        author: 11,
        days_ago: 44,
        votes: 13,
        status: None,
        title: "A trash that keeps deleted notes for 30 days",
        body: "I deleted the wrong note yesterday. There was a short \"Undo\", I looked away, and it was gone. A trash folder with a clear date of final deletion would be calmer.",
        said: &[Voter(
            19,
            40,
            "And please let the team's admins shorten the 30 days; ours would have to.",
        )],
    },
    Idea {
        board: IDEAS,
        author: 16,
        days_ago: 42,
        votes: 12,
        status: Some((Planned, 12)),
        title: "Tables that can be sorted by a column",
        body: "I keep small lists in tables: books, plants, spare parts. Clicking a column head to sort them would be enough; I do not need formulas.",
        said: &[
            Voter(
                4,
                30,
                "Sorting by date would have to know about dates, not only letters.",
            ),
            Answer(
                1,
                12,
                "Yes: text, numbers and dates. The order is kept in the note, so everybody sees the same.",
            ),
        ],
    },
    Idea {
        board: IDEAS,
        author: 20,
        days_ago: 39,
        votes: 11,
        status: None,
        title: "Full keyboard control",
        body: "I would like to reach everything without a mouse: jump to a note, move a note to a folder, open its history. A list of the shortcuts behind `?` would be perfect.\n\nThis is a nicety for some and a necessity for others.",
        said: &[
            Voter(
                9,
                35,
                "I use a screen reader. The folder tree is the worst spot at the moment: focus jumps to the top after each move.",
            ),
            Note(0, 34, "That focus bug should be fixed by itself, soon."),
        ],
    },
    Idea {
        board: IDEAS,
        author: 13,
        days_ago: 36,
        votes: 10,
        status: Some((Closed, 25)),
        title: "Let an assistant write my meeting notes from a recording",
        body: "Upload the recording, get the notes. Other programs do that now.",
        said: &[
            Voter(6, 33, "I would switch it off, but I see the use."),
            Answer(
                0,
                25,
                "We thought about this for a while and will not build it: recordings of other people are more than we want to hold. Notes from any transcription tool can be imported as text.",
            ),
            Voter(17, 24, "A clear no with a reason. I can live with that."),
        ],
    },
    Idea {
        board: IDEAS,
        author: 1,
        days_ago: 33,
        votes: 9,
        status: None,
        title: "Templates for notes I write every week",
        body: "Every Monday I make the same note with the same five headings. A template with today's date filled in would save me the copying.",
        said: &[],
    },
    Idea {
        board: IDEAS,
        author: 18,
        days_ago: 30,
        votes: 8,
        status: Some((Started, 4)),
        title: "Export everything as plain Markdown files",
        body: "One button, one archive: folders as folders, notes as `.md`, pictures next to them. I will probably never need it, and that is why I want it: I stay where I can leave.",
        said: &[
            Voter(
                10,
                28,
                "Please keep the creation dates somewhere, in front matter for example.",
            ),
            Answer(1, 4, "In the works, with dates and tags as front matter."),
        ],
    },
    Idea {
        board: IDEAS,
        author: 15,
        days_ago: 27,
        votes: 7,
        status: None,
        title: "Show what changed since I last looked",
        body: "We are five people in one folder. When I open a note I would like to see what the others changed since my last visit, as marked text, not as a list of versions.",
        said: &[Voter(
            2,
            26,
            "With a key to jump from change to change, please.",
        )],
    },
    Idea {
        board: IDEAS,
        author: 0,
        days_ago: 22,
        votes: 6,
        status: None,
        title: "Write formulas in LaTeX",
        body: "Between dollar signs, as everywhere else: `$e^{i\\pi} + 1 = 0$`. For lecture notes this is the one thing that is missing.",
        said: &[],
    },
    Idea {
        board: IDEAS,
        author: 9,
        days_ago: 18,
        votes: 5,
        status: Some((Done, 2)),
        title: "Find text inside attached PDFs",
        body: "I attach contracts and manuals to notes. The search finds the note by its own text only, so I end up opening ten PDFs one after the other.",
        said: &[Answer(
            0,
            2,
            "Done for PDFs that hold text. Scanned pages are a bigger piece of work; please post that separately if you need it.",
        )],
    },
    Idea {
        board: IDEAS,
        author: 21,
        days_ago: 12,
        votes: 4,
        status: None,
        title: "Smaller gaps between list items",
        body: "Long lists need a lot of scrolling. A compact setting would do.",
        said: &[Voter(
            20,
            11,
            "As long as it stays an option: I like the air.",
        )],
    },
    Idea {
        board: IDEAS,
        author: 7,
        days_ago: 6,
        votes: 5,
        status: None,
        title: "Lock a note so that nobody edits it by accident",
        body: "Our on-call checklist is opened at three in the morning by tired people. I would like to lock it, and whoever wants to change it unlocks it first.",
        said: &[Voter(15, 5, "And a line that says who locked it.")],
    },
    Idea {
        board: IDEAS,
        author: 4,
        days_ago: 2,
        votes: 3,
        status: None,
        title: "Sort folders by hand",
        body: "Alphabetical order makes me put numbers in front of names. Dragging (and a keyboard way to do the same) would be nicer.",
        said: &[],
    },
    Idea {
        board: MOBILE,
        author: 6,
        days_ago: 56,
        votes: 14,
        status: Some((Done, 15)),
        title: "Share a web page from the browser into a note",
        body: "Share, choose Acme Notes, choose the note, done. At the moment I copy addresses by hand.",
        said: &[Answer(
            1,
            15,
            "In version 4.2 for both systems. The page's title comes along; its content does not, on purpose.",
        )],
    },
    Idea {
        board: MOBILE,
        author: 19,
        days_ago: 49,
        votes: 12,
        status: Some((Planned, 18)),
        title: "A widget with my pinned notes",
        body: "The shopping list on the home screen, with boxes to tick without opening the app.",
        said: &[
            Voter(1, 45, "Ticking is what makes it worth it."),
            Answer(
                0,
                18,
                "Android first, because its widgets can be ticked; iOS follows.",
            ),
        ],
    },
    Idea {
        board: MOBILE,
        author: 14,
        days_ago: 38,
        votes: 9,
        status: None,
        title: "Unlock the app with fingerprint or face",
        body: "I hand my phone to my children. They should get to the games and not to my diary.",
        said: &[],
    },
    Idea {
        board: MOBILE,
        author: 10,
        days_ago: 29,
        votes: 8,
        status: Some((Started, 3)),
        title: "The keyboard covers the last line on small phones",
        body: "On a phone with a 5-inch screen the line I am writing is behind the keyboard as soon as the note is longer than the screen. I have to scroll after every line break.",
        said: &[
            Voter(21, 27, "Also on a tablet with the floating keyboard."),
            Answer(
                1,
                3,
                "Found: the editor asks for the height before the keyboard has finished sliding in. The fix is being tested.",
            ),
        ],
    },
    Idea {
        board: MOBILE,
        author: 3,
        days_ago: 20,
        votes: 6,
        status: None,
        title: "Scan a page of paper",
        body: "Photograph, straighten, turn to black and white, attach. There are apps for that, but then the picture is in the wrong place.",
        said: &[],
    },
    Idea {
        board: MOBILE,
        author: 17,
        days_ago: 14,
        votes: 4,
        status: None,
        title: "Larger text in the note list",
        body: "The app follows the system's text size inside notes, but the list stays small. My eyes are not what they were.",
        said: &[Voter(
            9,
            13,
            "Yes, please: this is an accessibility matter, not taste.",
        )],
    },
    Idea {
        board: MOBILE,
        author: 12,
        days_ago: 8,
        votes: 3,
        status: None,
        title: "Dictate into a note on the lock screen",
        body: "The best ideas come on the bicycle.",
        said: &[Voter(6, 7, "Please stop first and then dictate.")],
    },
    Idea {
        board: MOBILE,
        author: 8,
        days_ago: 1,
        votes: 2,
        status: None,
        title: "Keep my place when I switch between apps",
        body: "When I look something up in another app and come back, the note is at its top again. In a long note that hurts.",
        said: &[],
    },
    Idea {
        board: INTEGRATIONS,
        author: 9,
        days_ago: 53,
        votes: 16,
        status: Some((Planned, 10)),
        title: "Calendar: show today's meetings next to my notes",
        body: "One click on a meeting makes a note with its title, date and agenda. Read access to one calendar is enough; it should never write there.",
        said: &[
            Voter(
                13,
                48,
                "CalDAV, please, so that it works with our own server.",
            ),
            Answer(
                0,
                10,
                "CalDAV first, read only, one calendar of your choice.",
            ),
        ],
    },
    Idea {
        board: INTEGRATIONS,
        author: 17,
        days_ago: 41,
        votes: 10,
        status: None,
        title: "A command line tool",
        body: "`acme add \"call the plumber\"` from the terminal, and `acme find plumber` to get it back. The API is there, so this could be small.",
        said: &[Voter(4, 38, "With output as JSON, for scripts.")],
    },
    Idea {
        board: INTEGRATIONS,
        author: 11,
        days_ago: 34,
        votes: 9,
        status: Some((Done, 19)),
        title: "Mail a note to myself",
        body: "A secret address: whatever I send there becomes a note, attachments included.",
        said: &[Answer(
            1,
            19,
            "Available under Settings, Mail. You can change the address at any time if it gets known.",
        )],
    },
    Idea {
        board: INTEGRATIONS,
        author: 20,
        days_ago: 25,
        votes: 7,
        status: None,
        title: "Import from other note programs",
        body: "I have eleven years of notes elsewhere. An import that keeps dates, tags and pictures is what stands between me and a subscription for our whole office.",
        said: &[
            Voter(2, 23, "Same, with about four thousand notes."),
            Note(0, 22, "Three leads asked for this last month."),
        ],
    },
    Idea {
        board: INTEGRATIONS,
        author: 1,
        days_ago: 16,
        votes: 6,
        status: Some((Closed, 7)),
        title: "Post every new note to our chat channel",
        body: "So that nobody misses anything.",
        said: &[
            Voter(
                16,
                14,
                "Please no. Our channel is noisy enough, and some notes are drafts.",
            ),
            Answer(
                0,
                7,
                "The discussion convinced us: outgoing webhooks let you build this for the folders where it fits, and everything else stays quiet.",
            ),
        ],
    },
    Idea {
        board: INTEGRATIONS,
        author: 5,
        days_ago: 10,
        votes: 4,
        status: None,
        title: "Cite from a reference manager",
        body: "Insert a citation while writing, and get the list of references at the end of the note. BibTeX files would be fine as a start.",
        said: &[],
    },
    Idea {
        board: INTEGRATIONS,
        author: 18,
        days_ago: 4,
        votes: 3,
        status: None,
        title: "Sign in with our company account",
        body: "Our IT wants people to leave with one switch. OpenID Connect would do.",
        said: &[Voter(
            13,
            3,
            "That would also be the end of the shared password we do not talk about.",
        )],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_fits_together() {
        for idea in POSTS {
            assert!(
                idea.board < BOARDS.len() && idea.author < VOTERS.len(),
                "{}",
                idea.title
            );
            assert!((1..=VOTERS.len()).contains(&idea.votes), "{}", idea.title);
            let mut last = idea.days_ago;
            for said in idea.said {
                let (who, most, days_ago) = match said {
                    Voter(who, at, _) => (who, VOTERS.len(), at),
                    Answer(who, at, _) | Note(who, at, _) => (who, TEAM.len(), at),
                };
                assert!(
                    *who < most && *days_ago <= last,
                    "{}: comments come in order, after the post",
                    idea.title
                );
                last = *days_ago;
            }
            assert!(
                idea.status.is_none_or(|(_, at)| at <= idea.days_ago),
                "{}",
                idea.title
            );
        }
    }
}
