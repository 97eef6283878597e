//! The letters we write.

use upvow_domain::{Role, secret::Email};
use upvow_store::{
    announcements::LetterOf,
    notices::{Notice, Recipient},
    projects::Project,
};

use super::Letter;
use crate::{App, health::causes::Cause, notices::Addresses, privacy::promises::Day};

/// A sign-in link that somebody asked for.
pub(crate) fn sign_in(app: &App, to: Email, address: &str) -> Letter {
    let minutes = app.settings.link_for.as_secs() / 60;
    Letter {
        to,
        subject: format!("Your sign-in link for {}", app.settings.operator),
        text: format!(
            "Hello,\n\n\
             open this address to sign in:\n\n\
             {address}\n\n\
             It works once, and for {minutes} minutes.\n\n\
             If you did not ask for it, do nothing: without this link nobody can sign in as you.\n"
        ),
        at: app.now(),
        stop_at: None,
    }
}

/// A membership that an admin gave.
pub(crate) fn invitation(app: &App, to: Email, project: &str, role: Role, address: &str) -> Letter {
    Letter {
        to,
        subject: format!("You can now help with {project}"),
        text: format!(
            "Hello,\n\n\
             you were made {} of \"{project}\". Open this address to sign in:\n\n\
             {address}\n\n\
             It works once, and for seven days. Later you can sign in with your address at\n\n\
             {}\n",
            match role {
                Role::Voter => "a voter",
                Role::Moderator => "a moderator",
                Role::Admin => "an admin",
                Role::Owner => "an owner",
            },
            app.settings.address("/sign-in"),
        ),
        at: app.now(),
        stop_at: None,
    }
}

/// What became of an idea that somebody voted for. It names nobody and nothing in Jira.
pub(crate) fn notice(
    app: &App,
    to: &Recipient,
    notice: &Notice,
    home: &Project,
    stops: &Addresses,
) -> Letter {
    let mut words = String::new();
    if !notice.words.is_empty() {
        words = format!("{}\n\n", notice.words);
    }
    let address = app
        .settings
        .address(&format!("/p/{}/posts/{}", home.slug, notice.post_id));
    Letter {
        to: to.email.clone(),
        subject: format!("{}: {}", notice.status_name, notice.title),
        text: format!(
            "Hello {},\n\n\
             an idea you voted for is now \"{}\":\n\n\
             {}\n\
             {address}\n\n\
             {words}\
             You get this because you voted on \"{}\".\n\
             No more mail about this idea:\n\
             {}\n\
             No more mail from \"{}\":\n\
             {}\n",
            to.name,
            notice.status_name,
            notice.title,
            home.name,
            stops.of_post,
            home.name,
            stops.of_all,
        ),
        at: app.now(),
        stop_at: Some(stops.of_all.clone()),
    }
}

/// A link that asks whoever may do it to authorise a connection to Jira.
pub(crate) fn connect_request(
    app: &App,
    to: Email,
    by: &str,
    project: &str,
    address: &str,
) -> Letter {
    Letter {
        to,
        subject: format!("{by} asks you to connect Jira with {project}"),
        text: format!(
            "Hello,\n\n\
             {by} sets up \"{project}\", a feedback board run by {}, and asks you to let it use your Jira.\n\
             Open this address to read what it would read, write and keep, and decide:\n\n\
             {address}\n\n\
             It works once, in one browser, and for seven days. You need no account here; you sign in at Atlassian.\n\
             If you do not know {by}, do nothing.\n",
            app.settings.operator
        ),
        at: app.now(),
        stop_at: None,
    }
}

/// What the letters about an incident tell. Nobody in Jira is named in it.
pub(crate) struct Incident<'a> {
    /// The project's name.
    pub(crate) project: &'a str,
    /// The site's name.
    pub(crate) site: &'a str,
    /// What it began with.
    pub(crate) cause: &'static Cause,
    /// The page that tells more.
    pub(crate) address: &'a str,
}

/// Something about a connection needs a person.
pub(crate) fn incident_opened(app: &App, to: Email, about: &Incident<'_>) -> Letter {
    let Incident {
        project,
        site,
        cause,
        address,
    } = about;
    Letter {
        to,
        subject: format!("{project}: {} ({site})", cause.title),
        text: format!(
            "Hello,\n\n\
             the connection of \"{project}\" to the Jira site \"{site}\" needs somebody.\n\n\
             What happened: {}\n\n\
             What to do: {}\n\n\
             How it stands now, and what is affected:\n\n\
             {address}\n\n\
             You get this letter once. We write again when it is over.\n",
            cause.happened, cause.todo,
        ),
        at: app.now(),
        stop_at: None,
    }
}

/// The account that authorised a connection was closed. Whose it is nobody writes.
pub(crate) fn account_closed(app: &App, to: Email, about: &Incident<'_>) -> Letter {
    let Incident {
        project,
        site,
        cause,
        address,
    } = about;
    Letter {
        to,
        subject: format!("{project}: {} ({site})", cause.title),
        text: format!(
            "Hello,\n\n\
             the connection of \"{project}\" to the Jira site \"{site}\" has ended.\n\n\
             What happened: {}\n\n\
             What to do: {}\n\n\
             How far the erasure is:\n\n\
             {address}\n",
            cause.happened, cause.todo,
        ),
        at: app.now(),
        stop_at: None,
    }
}

/// It is over.
pub(crate) fn incident_closed(app: &App, to: Email, about: &Incident<'_>) -> Letter {
    let Incident {
        project,
        site,
        cause,
        address,
    } = about;
    Letter {
        to,
        subject: format!("{project}: it works again ({site})"),
        text: format!(
            "Hello,\n\n\
             what we wrote about the connection of \"{project}\" to the Jira site \"{site}\" is over: {}.\n\n\
             Nothing more needs to be done.\n\n\
             {address}\n",
            cause.title.to_lowercase(),
        ),
        at: app.now(),
        stop_at: None,
    }
}

/// Somebody wrote on the page for privacy requests, or wrote this address there. It says the same to everybody.
pub(crate) fn case_opened(app: &App, to: Email, address: &str) -> Letter {
    Letter {
        to,
        subject: "Your privacy request: please show who you are".to_owned(),
        text: format!(
            "Hello,\n\n\
             somebody asked {} about data of a person in Jira and left this address. Open this address to go on:\n\n\
             {address}\n\n\
             There you sign in at Atlassian, so that nobody else can ask in your name. Until then nothing is looked up and \
             nothing is done. This letter does not say whether there is any data about you.\n\n\
             If it was not you, do nothing.\n",
            app.settings.operator
        ),
        at: app.now(),
        stop_at: None,
    }
}

/// What became of a request. The same words whatever was held.
pub(crate) fn case_news(app: &App, to: Email, kind: &str) -> Letter {
    let news = match kind {
        "verified" => "It is known now who asks, and your request is being carried out.",
        "done" => "Your request was carried out. What that means is on the page where you asked.",
        "extended" => {
            "It takes longer than usual. The law gives one more term for that, and we take it; the reason is on the page of \
             your request."
        }
        "denied_not_verified" => {
            "It was denied, because nobody showed in time that they may ask. You can ask again at any time."
        }
        "denied_not_authorised" => "It was denied, because whoever asked may not ask for this.",
        "denied_excessive" => "It was denied, because it repeats what was answered before.",
        "denied_not_about_jira" => {
            "It was denied here, because it is not about data of people in Jira."
        }
        "denied_withdrawn" => "It is closed, because it was taken back.",
        "denied_law_forbids" => {
            "It was denied, because a law obliges us to keep what was asked for."
        }
        _ => "There is news of your request on its page.",
    };
    let rights = if kind.starts_with("denied") {
        "\n\nYou can complain to the data protection authority where you live, and you can go to court."
    } else {
        ""
    };
    Letter {
        to,
        subject: "Your privacy request".to_owned(),
        text: format!(
            "Hello,\n\n{news}{rights}\n\nQuestions go to {}, who runs this server: {}\n",
            app.settings.operator, app.settings.contact
        ),
        at: app.now(),
        stop_at: None,
    }
}

/// A request about somebody's data takes long. Nobody is named in it.
pub(crate) fn case_alarm(app: &App, to: Email, kind: &str, address: &str) -> Letter {
    let (clock, percent) = kind.rsplit_once('_').unwrap_or((kind, ""));
    let whose = if clock == "law" {
        "the law gives for a privacy request"
    } else {
        "you promise for a privacy request"
    };
    Letter {
        to,
        subject: format!("A privacy request: {percent} % of its time is over"),
        text: format!(
            "Hello,\n\n\
             {percent} % of the time that {whose} is over. Please look at it:\n\n\
             {address}\n\n\
             You get this letter once for each of 50, 80 and 95 %.\n"
        ),
        at: app.now(),
        stop_at: None,
    }
}

/// Something about how data of people in Jira is processed will change.
pub(crate) fn announcement(app: &App, to: Email, about: &LetterOf) -> Letter {
    let day = Day::of(about.effective_at);
    Letter {
        to,
        subject: format!("From {day} on: {}", about.title),
        text: format!(
            "Hello,\n\n\
             you own \"{}\", which is connected to Jira. Something about how data of people in Jira is processed will change:\n\n\
             {}\n{}\n\n\
             It counts from {day} on. Please read it and take note of it here:\n\n\
             {}\n\n\
             If you do not agree, you can disconnect before that day. Everything that is promised, with its changes, is at\n\n\
             {}\n",
            about.project,
            about.title,
            about.what,
            app.settings
                .address(&format!("/p/{}/settings/privacy/changes", about.slug)),
            app.settings.address("/trust"),
        ),
        at: app.now(),
        stop_at: None,
    }
}
