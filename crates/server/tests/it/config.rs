//! What `upvow serve` refuses to start with, and that it says everything at once.

use std::{fs, path::Path};

use upvow_server::config::{Config, Given, Need, SETTINGS};

use crate::harness::upvow;

/// Settings that are fine, for this folder.
fn fine(folder: &Path) -> Given {
    Given {
        data_dir: Some(folder.join("data").display().to_string()),
        public_url: Some("https://board.example".to_owned()),
        atlassian_client_id: Some("id".to_owned()),
        atlassian_client_secret: Some("tell-nobody-1".to_owned()),
        ..Given::default()
    }
}

/// What is said against these settings.
fn refusals(given: Given) -> Vec<String> {
    Config::load(given, Need::Serve)
        .err()
        .map(|refusal| refusal.0)
        .unwrap_or_default()
}

/// There is exactly one refusal, and it says this.
#[track_caller]
fn refuses(given: Given, part: &str) {
    let said = refusals(given);
    assert!(said.len() == 1 && said[0].contains(part), "{said:?}");
}

#[test]
fn good_settings_are_taken_and_show_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let given = Given {
        database_url: Some("postgres://board:tell-nobody-2@db/main".to_owned()),
        vault_url: Some("postgres://board:tell-nobody-2@db/vault".to_owned()),
        smtp_url: Some("smtps://mail:tell-nobody-3@mail.example".to_owned()),
        mail_from: Some("board@mail.example".to_owned()),
        metrics_token: Some("tell-nobody-4-at-all".to_owned()),
        atlassian_previous_secret: Some("tell-nobody-5".to_owned()),
        ..fine(folder.path())
    };
    let config = Config::load(given, Need::Serve).unwrap();
    let shown = format!("{config:?}");
    assert!(!shown.contains("tell-nobody"), "{shown}");
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.keys_dir, folder.path().join("data/keys"));
}

/// Promise 9.1.
#[test]
fn each_unsafe_setting_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let with = |change: &dyn Fn(&mut Given)| {
        let mut given = fine(folder.path());
        change(&mut given);
        given
    };
    refuses(
        with(&|given| given.public_url = None),
        "UPVOW_PUBLIC_URL is not set",
    );
    refuses(
        with(&|given| given.public_url = Some("http://board.example".into())),
        "plain http",
    );
    refuses(
        with(&|given| given.public_url = Some("https://board.example/sub".into())),
        "UPVOW_PUBLIC_URL",
    );
    refuses(
        with(&|given| given.atlassian_client_id = None),
        "UPVOW_ATLASSIAN_CLIENT_ID is not set",
    );
    refuses(
        with(&|given| given.atlassian_client_secret = None),
        "UPVOW_ATLASSIAN_CLIENT_SECRET is not set",
    );
    refuses(
        with(&|given| given.atlassian_client_secret = Some(" ".into())),
        "UPVOW_ATLASSIAN_CLIENT_SECRET is empty",
    );
    refuses(
        with(&|given| given.atlassian_auth_url = Some("http://auth.example".into())),
        "UPVOW_ATLASSIAN_AUTH_URL",
    );
    refuses(
        with(&|given| given.atlassian_api_url = Some("http://api.example".into())),
        "UPVOW_ATLASSIAN_API_URL",
    );
    refuses(
        with(&|given| given.smtp_url = Some("smtp://mail.example".into())),
        "UPVOW_MAIL_FROM",
    );
    refuses(
        with(&|given| given.listen = Some("8080".into())),
        "UPVOW_LISTEN",
    );
    refuses(
        with(&|given| given.trusted_proxies = Some("10.0.0.300".into())),
        "UPVOW_TRUSTED_PROXIES",
    );
    refuses(
        with(&|given| given.metrics_token = Some("short".into())),
        "UPVOW_METRICS_TOKEN",
    );
    refuses(
        with(&|given| given.root_key = Some("changeme".into())),
        "UPVOW_ROOT_KEY",
    );
    refuses(with(&|given| given.log = Some("loud".into())), "UPVOW_LOG");
    refuses(
        with(&|given| given.database_url = Some("mysql://x".into())),
        "UPVOW_DATABASE_URL",
    );
    refuses(
        with(&|given| {
            given.vault_url = Some(format!(
                "sqlite:{}/data/../data/upvow.db",
                folder.path().display()
            ));
        }),
        "names the main database",
    );
    let one = "postgres://a@db.example/board";
    refuses(
        with(&|given| {
            (given.database_url, given.vault_url) = (
                Some(one.into()),
                Some("postgresql://b@DB.example:5432/board?x=1".into()),
            );
        }),
        "names the main database",
    );
    refuses(
        with(&|given| given.atlassian_client_secret_file = Some("/nowhere".into())),
        "both set",
    );
    // A file where the folder should be: nothing can be written there, whoever asks.
    fs::write(folder.path().join("file"), "").unwrap();
    refuses(
        with(&|given| given.data_dir = Some(folder.path().join("file/data").display().to_string())),
        "UPVOW_DATA_DIR",
    );
}

#[test]
fn the_board_alone_needs_no_atlassian_and_secrets_may_come_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let given = Given {
        jira: Some("off".into()),
        atlassian_client_id: None,
        atlassian_client_secret: None,
        ..fine(folder.path())
    };
    assert!(Config::load(given, Need::Serve).unwrap().jira.is_none());
    let file = folder.path().join("secret");
    fs::write(&file, "from-a-file\n").unwrap();
    let given = Given {
        atlassian_client_secret: None,
        atlassian_client_secret_file: Some(file.display().to_string()),
        ..fine(folder.path())
    };
    let jira = Config::load(given, Need::Serve).unwrap().jira.unwrap();
    assert_eq!(jira.client_secret.expose(), "from-a-file");
}

#[cfg(unix)]
#[test]
fn a_key_folder_that_others_may_look_into_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    fs::create_dir(&keys).unwrap();
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o755)).unwrap();
    refuses(
        Given {
            keys_dir: Some(keys.display().to_string()),
            ..fine(folder.path())
        },
        "chmod 700",
    );
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    let text = "log = \"file\"\nlisten = \"file\"\ncontact = \"file\"\nwrong_key = 1\npublik_url = \"x\"\nUPVOW_MAIL_FROM = \"x\"\n";
    fs::write(data.join("upvow.toml"), text).unwrap();
    let output = upvow()
        .args(["serve", "--log", "flag"])
        .env("UPVOW_LOG", "info")
        .env("UPVOW_LISTEN", "127.0.0.1:0")
        .env("UPVOW_DATA_DIR", &data)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(
        said.contains("UPVOW_LOG is to be"),
        "the flag counts: {said}"
    );
    assert!(
        !said.contains("UPVOW_LISTEN"),
        "the environment counts: {said}"
    );
    assert!(said.contains("UPVOW_CONTACT"), "the file counts: {said}");
    assert!(
        said.contains("unknown key `wrong_key`") && said.contains("unknown key `publik_url`"),
        "both unknown keys are named: {said}"
    );
    assert!(said.contains("did you mean `mail_from`?"), "{said}");
    assert!(
        said.contains("UPVOW_PUBLIC_URL is not set")
            && said.contains("UPVOW_ATLASSIAN_CLIENT_ID is not set"),
        "and all the rest: {said}"
    );
}

#[test]
fn a_broken_file_is_named_without_its_content() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("my.toml");
    fs::write(&file, "atlassian_client_secret = tell-nobody\n").unwrap();
    let output = upvow()
        .args(["serve", "--config"])
        .arg(&file)
        .env("UPVOW_DATA_DIR", folder.path().join("data"))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("is not TOML") && !said.contains("tell-nobody"),
        "{said}"
    );
}

#[test]
fn every_setting_is_in_the_help_and_in_the_docs() {
    let help = upvow().args(["serve", "--help"]).output().unwrap().stdout;
    let help = String::from_utf8(help).unwrap();
    let docs = fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/OPERATIONS.md"
    ))
    .unwrap();
    for setting in SETTINGS {
        assert!(
            help.contains(setting.env),
            "{} is not in the help",
            setting.env
        );
        assert!(
            docs.contains(&format!("`{}`", setting.env)),
            "{} is not in docs/OPERATIONS.md",
            setting.env
        );
    }
}

#[test]
fn a_refused_start_leaves_no_folder_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let given = Given {
        public_url: None,
        ..fine(folder.path())
    };
    refuses(given, "UPVOW_PUBLIC_URL");
    assert!(
        !folder.path().join("data").exists(),
        "the data folder was made for nothing"
    );
}
