//! What is read of a delivery, whatever it looks like.

use proptest::prelude::*;
use serde_json::{Value, json};
use upvow_domain::Time;
use upvow_jira::webhook::parse;
use upvow_jira::{DoorError, Event, Signal};

fn delivery() -> Value {
    json!({
        "timestamp": 1_795_428_000_123_i64,
        "webhookEvent": "jira:issue_updated",
        "issue_event_type_name": "issue_generic",
        "user": {"self": "https://x/user?accountId=712020:ana", "accountId": "712020:ana", "displayName": "Ana Kim"},
        "issue": {
            "id": "10100", "key": "DEMO-7", "self": "https://x/rest/api/2/issue/10100",
            "fields": {
                "summary": "Ana's wish", "assignee": {"displayName": "Ana Kim", "emailAddress": "ana@example.com"},
                "issuetype": {"id": "10004", "name": "Story"},
                "status": {"id": "10002", "name": "Done", "statusCategory": {"key": "done"}},
            },
        },
        "changelog": {"id": "1", "items": [{"field": "status", "from": "1", "to": "10002", "toString": "Done"}]},
        "matchedWebhookIds": [1000, 1001],
    })
}

fn read(value: &Value) -> Signal {
    parse(value.to_string().as_bytes()).expect("a signal")
}

/// Promise 2.3, 2.5, 5.5, 7.2.
#[test]
fn a_delivery_becomes_ids_and_nothing_else() {
    let signal = read(&delivery());
    assert_eq!(signal.event, Event::IssueUpdated);
    assert_eq!(
        signal
            .issue_id
            .as_ref()
            .map(upvow_domain::jira::IssueId::as_str),
        Some("10100")
    );
    assert_eq!(
        signal
            .issue_key
            .as_ref()
            .map(upvow_domain::jira::IssueKey::as_str),
        Some("DEMO-7")
    );
    assert_eq!(
        signal
            .issue_type_id
            .as_ref()
            .map(upvow_domain::jira::IssueTypeId::as_str),
        Some("10004")
    );
    assert_eq!(
        signal
            .status_id
            .as_ref()
            .map(upvow_domain::jira::JiraStatusId::as_str),
        Some("10002")
    );
    assert_eq!(signal.sent_at, Some(Time(1_795_428_000_123)));
    assert_eq!(signal.matched, [1000, 1001]);
    let shown = format!("{signal:?}");
    assert!(
        !shown.contains("Ana") && !shown.contains("712020"),
        "{shown}"
    );
}

#[test]
fn events_that_we_do_not_know_are_no_error() {
    for (name, event) in [
        ("jira:issue_created", Event::IssueCreated),
        ("jira:issue_deleted", Event::IssueDeleted),
        ("comment_created", Event::Other),
        ("", Event::Other),
    ] {
        let mut value = delivery();
        value["webhookEvent"] = name.into();
        assert_eq!(read(&value).event, event, "{name}");
    }
    assert_eq!(read(&json!({})), Signal::default());
}

#[test]
fn f20_whitespace_and_unicode_do_no_harm() {
    let pretty = serde_json::to_string_pretty(&delivery()).expect("JSON");
    let padded = format!("\r\n\t {pretty} \n\n");
    assert_eq!(parse(padded.as_bytes()), Ok(read(&delivery())));
    let mut value = delivery();
    value["issue"]["fields"]["summary"] = "🦀 \u{202e}\u{0}é".into();
    assert_eq!(read(&value), read(&delivery()));
    let escaped = br#"{"\u0069ssue":{"\u0069d":"1\u0030"}}"#;
    let signal = parse(escaped).expect("a signal");
    assert_eq!(
        signal.issue_id.map(|id| id.as_str().to_owned()).as_deref(),
        Some("10")
    );
}

#[test]
fn f21_wrong_types_are_left_out() {
    let wrong = [
        json!(null),
        json!(true),
        json!(1.5),
        json!("x/../y"),
        json!([1, {"a": [2]}]),
        json!({"id": {"a": []}}),
        json!(-1),
        json!(u64::MAX),
    ];
    for odd in &wrong {
        let value = json!({"webhookEvent": odd, "timestamp": odd, "matchedWebhookIds": odd, "issue": {"id": odd, "key": odd, "fields": {"status": odd, "issuetype": {"id": odd}}}});
        let signal = read(&value);
        assert_eq!(signal.event, Event::Other, "{odd}");
        assert_eq!(signal.status_id, None, "{odd}");
        for level in [json!({"issue": odd}), json!({"issue": {"fields": odd}})] {
            assert_eq!(read(&level).status_id, None, "{odd}");
        }
    }
    let numbers = read(
        &json!({"issue": {"id": 10100, "fields": {"status": {"id": 3}}}, "matchedWebhookIds": [1, "2", null, 3.5, [4], 5]}),
    );
    assert_eq!(
        numbers.issue_id.map(|id| id.as_str().to_owned()).as_deref(),
        Some("10100")
    );
    assert_eq!(numbers.matched, [1, 5]);
}

#[test]
fn f21_of_repeated_keys_the_last_counts() {
    let twice = br#"{"issue":{"id":"1"},"issue":{"id":"2","id":"3"},"webhookEvent":1,"webhookEvent":"jira:issue_deleted"}"#;
    let signal = parse(twice).expect("a signal");
    assert_eq!(
        signal.issue_id.map(|id| id.as_str().to_owned()).as_deref(),
        Some("3")
    );
    assert_eq!(signal.event, Event::IssueDeleted);
}

#[test]
fn f21_what_is_no_object_is_refused() {
    for body in [
        "",
        " ",
        "x",
        "1",
        "\"a\"",
        "null",
        "[]",
        "[{}]",
        "{",
        "{\"a\":}",
        "{} {}",
        "{}x",
        "{\"issue\":{\"id\":\"1\"}",
        "\u{feff}{}",
    ] {
        assert_eq!(
            parse(body.as_bytes()),
            Err(DoorError::NotAnObject),
            "{body:?}"
        );
    }
    assert_eq!(parse(b"\xff\xfe{}"), Err(DoorError::NotAnObject));
    assert_eq!(
        parse(b"{\"webhookEvent\":\"\xff\"}"),
        Err(DoorError::NotAnObject)
    );
}

#[test]
fn f21_invalid_utf8_in_what_we_skip_does_not_matter_or_is_refused() {
    let odd = b"{\"user\":\"\xff\xfe\",\"issue\":{\"id\":\"1\"}}";
    if let Ok(signal) = parse(odd) {
        assert_eq!(
            signal.issue_id.map(|id| id.as_str().to_owned()).as_deref(),
            Some("1")
        );
    }
}

#[test]
fn f21_five_megabytes_are_read_and_one_byte_more_is_not() {
    let start = r#"{"issue":{"id":"1"},"user":""#;
    let body = |length: usize| format!("{start}{}\"}}", "x".repeat(length - start.len() - 2));
    let largest = 5 * 1024 * 1024;
    assert!(parse(body(largest).as_bytes()).is_ok());
    assert_eq!(
        parse(body(largest + 1).as_bytes()),
        Err(DoorError::BodyTooLarge)
    );
    assert_eq!(parse(b"{"), Err(DoorError::NotAnObject));
}

#[test]
fn f21_depth_does_not_break_the_door() {
    let deep = 1_000_000;
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let middle = if open == "[" { "" } else { "1" };
        let nested = format!(
            "{}{middle}{}",
            open.repeat(deep / 2),
            close.repeat(deep / 2)
        );
        for around in ["user", "issue", "webhookEvent", "matchedWebhookIds"] {
            let body = format!(r#"{{"{around}":{nested},"timestamp":1}}"#);
            if let Ok(signal) = parse(body.as_bytes()) {
                assert_eq!(signal.sent_at, Some(Time(1)), "{around}");
            }
        }
        assert!(parse(open.repeat(deep).as_bytes()).is_err());
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse(&body);
    }

    #[test]
    fn a_delivery_cut_or_changed_anywhere_does_not_make_it_panic(at in 0..900_usize, byte in any::<u8>(), cut in any::<bool>()) {
        let mut body = delivery().to_string().into_bytes();
        let at = at % body.len();
        if cut { body.truncate(at) } else { body[at] = byte }
        let _ = parse(&body);
    }

    #[test]
    fn ids_that_get_in_are_checked(id in any::<String>()) {
        let signal = read(&json!({"issue": {"id": id, "key": id, "fields": {"status": {"id": id}}}}));
        if let Some(found) = signal.issue_id {
            prop_assert!(found.as_str().bytes().all(|b| b.is_ascii_digit()));
        }
        if let Some(found) = signal.issue_key {
            prop_assert!(found.as_str().bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b)));
        }
    }
}
