//! Every setting, as it is said: one list makes the flags, the environment, the file's keys, and the help.

/// A setting, for lists of all of them.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its name in the environment.
    pub env: &'static str,
    /// Its key in `upvow.toml`.
    pub key: &'static str,
    /// What it means, and its default.
    pub meaning: &'static str,
}

macro_rules! settings {
    ($($key:ident $env:literal $value:literal $meaning:literal;)*) => {
        /// What was said on the command line, in the environment or in the file; not checked yet.
        #[derive(Clone, Default, clap::Args, serde::Deserialize)]
        #[serde(default)]
        pub struct Given {
            /// The settings file [default: upvow.toml in the data folder, if it is there]
            #[arg(long, env = "UPVOW_CONFIG", value_name = "FILE", hide_env_values = true)]
            #[serde(skip)]
            pub config: Option<String>,
            $(
                #[doc = concat!("What `", $env, "` says; its meaning is in [`SETTINGS`].")]
                #[arg(long, env = $env, value_name = $value, hide_env_values = true, help = $meaning, help_heading = "Settings")]
                pub $key: Option<String>,
            )*
        }

        /// Every setting.
        pub const SETTINGS: &[Setting] = &[
            $(Setting { env: $env, key: stringify!($key), meaning: $meaning },)*
        ];

        impl Given {
            /// Takes from `other` what is not said here.
            #[must_use]
            pub fn or(self, other: Given) -> Given {
                Given {
                    config: self.config.or(other.config),
                    $($key: self.$key.or(other.$key),)*
                }
            }
        }
    };
}

settings! {
    data_dir "UPVOW_DATA_DIR" "DIR" "Everything that is kept is in this folder [default: ./upvow-data]";
    listen "UPVOW_LISTEN" "ADDR" "Where requests are taken [default: 127.0.0.1:8080]";
    public_url "UPVOW_PUBLIC_URL" "URL" "Where people and Jira reach this server; https, or http on this machine [no default]";
    database_url "UPVOW_DATABASE_URL" "URL" "The main database: sqlite:PATH or postgres://... [default: sqlite:<data>/upvow.db]";
    database_url_file "UPVOW_DATABASE_URL_FILE" "FILE" "A file that holds UPVOW_DATABASE_URL";
    vault_url "UPVOW_VAULT_URL" "URL" "The vault's own database, never the main one [default: sqlite:<data>/vault.db]";
    vault_url_file "UPVOW_VAULT_URL_FILE" "FILE" "A file that holds UPVOW_VAULT_URL";
    keys_dir "UPVOW_KEYS_DIR" "DIR" "The vault's keys and erasure ledger; shared by all nodes, left out of database backups [default: <data>/keys]";
    root_key "UPVOW_ROOT_KEY" "BASE64" "The key that opens the other keys: 32 random bytes in base64; better as a file";
    root_key_file "UPVOW_ROOT_KEY_FILE" "FILE" "A file that holds UPVOW_ROOT_KEY [default: <data>/keys/root.key, made at the first start]";
    jira "UPVOW_JIRA" "on|off" "`off` runs the board alone [default: on]";
    atlassian_client_id "UPVOW_ATLASSIAN_CLIENT_ID" "ID" "The OAuth app's client id, from Atlassian's developer console [no default]";
    atlassian_client_secret "UPVOW_ATLASSIAN_CLIENT_SECRET" "SECRET" "The OAuth app's secret; better as a file [no default]";
    atlassian_client_secret_file "UPVOW_ATLASSIAN_CLIENT_SECRET_FILE" "FILE" "A file that holds UPVOW_ATLASSIAN_CLIENT_SECRET";
    atlassian_previous_secret "UPVOW_ATLASSIAN_PREVIOUS_SECRET" "SECRET" "The secret before the last change, while deliveries signed with it are under way";
    atlassian_previous_secret_file "UPVOW_ATLASSIAN_PREVIOUS_SECRET_FILE" "FILE" "A file that holds UPVOW_ATLASSIAN_PREVIOUS_SECRET";
    atlassian_auth_url "UPVOW_ATLASSIAN_AUTH_URL" "URL" "Where consent and tokens are [default: https://auth.atlassian.com]";
    atlassian_api_url "UPVOW_ATLASSIAN_API_URL" "URL" "Where Jira's API is [default: https://api.atlassian.com]";
    smtp_url "UPVOW_SMTP_URL" "URL" "The mail server, smtp://... or smtps://... [default: mail is printed on the terminal]";
    smtp_url_file "UPVOW_SMTP_URL_FILE" "FILE" "A file that holds UPVOW_SMTP_URL";
    mail_from "UPVOW_MAIL_FROM" "EMAIL" "From whom mail comes; needed with UPVOW_SMTP_URL";
    operator_name "UPVOW_OPERATOR_NAME" "NAME" "Who runs this server, as the consent page names them [default: Upvow]";
    contact "UPVOW_CONTACT" "EMAIL" "Where privacy requests go [default: privacy@ the public address]";
    revoke_by_reuse "UPVOW_REVOKE_BY_REUSE" "on|off" "Whether an ended authorisation's old token is presented to Atlassian once more after eleven minutes, which ends all that was made from it [default: off]";
    requests_target "UPVOW_REQUESTS_TARGET" "MINUTES" "How soon a privacy request is to be answered once it is known who asks [default: 15]";
    requests_ceiling "UPVOW_REQUESTS_CEILING" "HOURS" "How long that takes at the most; owners are warned before [default: 48]";
    reporter "UPVOW_REPORTER_CONNECTION" "ID" "The connection whose authorisation reports all accounts to Atlassian; best one of the app's owner [default: any that may]";
    pdr_relay "UPVOW_PDR_RELAY" "on|off" "Whether erasures are taken that a trusted sender passes on, signed [default: off]";
    pdr_senders "UPVOW_PDR_SENDERS" "LIST" "Those senders: name@domain=KEY with commas between; KEY is an Ed25519 public key in base64 [no default]";
    subprocessors "UPVOW_SUBPROCESSORS" "FILE" "Who else handles data on the operator's behalf, in the form of promises/subprocessors.toml [default: <data>/subprocessors.toml, if it is there]";
    compare_at "UPVOW_COMPARE_AT" "HOURS" "When linked issues are compared with Jira every night, in hours of UTC, or off [default: 1-5]";
    trusted_proxies "UPVOW_TRUSTED_PROXIES" "LIST" "Proxies whose X-Forwarded-For is believed: addresses with commas between [default: none]";
    retention "UPVOW_RETENTION" "TERMS" "How long kinds of data are kept, like signals=3d,logs=48h; a table [retention] in the file [default: each kind's own]";
    metrics_token "UPVOW_METRICS_TOKEN" "SECRET" "The bearer token that /metrics asks for [default: none, and then only this machine may ask]";
    metrics_token_file "UPVOW_METRICS_TOKEN_FILE" "FILE" "A file that holds UPVOW_METRICS_TOKEN";
    log "UPVOW_LOG" "LEVEL" "How much is logged: error, warn, info, debug, off [default: info]";
}

/// The settings as text, for the end of `upvow --help`.
pub fn table() -> String {
    let mut text = String::from(
        "Settings, for every command that opens the data (as flag `--data-dir`, in the environment, or in upvow.toml as `data_dir`):\n",
    );
    for setting in SETTINGS {
        text.push_str("  ");
        text.push_str(setting.env);
        text.push_str("\n          ");
        text.push_str(setting.meaning);
        text.push('\n');
    }
    text
}
