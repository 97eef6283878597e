//! Fields of new issues: what Jira asks for is asked in time, checked at the edge, and kept no longer than needed.

use serde_json::{Value, json};
use upvow_app::{
    AppError, boards,
    connect::wizard,
    sync::{
        fields::{FormField, Texts},
        links::{self, Link, LinkState, NewIssue},
    },
};
use upvow_domain::{BoardId, ConnectionId, PostId, jira::IssueTypeId};

use crate::{
    atlassian::Fault,
    town::{Town, demo},
};

const CREATE: &str = "POST /ex/jira/11111111-2222-3333-4444-555555555555/rest/api/3/issue";

fn custom(number: u32, name: &str, required: bool, schema: &Value, allowed: &Value) -> Value {
    json!({"fieldId": format!("customfield_{number}"), "name": name, "required": required, "schema": schema,
           "allowedValues": allowed, "operations": ["set"]})
}

fn kind(kind: &str, items: &str, plugin: &str) -> Value {
    json!({"type": kind, "items": items, "custom": format!("com.atlassian.jira.plugin.system.customfieldtypes:{plugin}")})
}

fn form() -> Vec<Value> {
    let none = Value::Null;
    let areas = json!([{"id": "10", "value": "North", "children": [{"id": "11", "value": "Oslo"}]}, {"id": "12", "value": "South"}]);
    vec![
        json!({"fieldId": "summary", "name": "Summary", "required": true, "schema": {"type": "string", "system": "summary"}}),
        json!({"fieldId": "reporter", "name": "Reporter", "required": true, "schema": {"type": "user", "system": "reporter"}}),
        json!({"fieldId": "labels", "name": "Labels", "required": false, "schema": {"type": "array", "items": "string", "system": "labels"}}),
        custom(
            1,
            "Cost centre",
            true,
            &kind("option", "", "select"),
            &areas,
        ),
        custom(2, "Effort", true, &kind("number", "", "float"), &none),
        custom(3, "Notes", false, &kind("string", "", "textarea"), &none),
        custom(
            4,
            "Regions",
            false,
            &kind("array", "option", "multicheckboxes"),
            &areas,
        ),
        custom(
            5,
            "Place",
            false,
            &kind("option-with-child", "", "cascadingselect"),
            &areas,
        ),
        custom(6, "Due", false, &kind("date", "", "datepicker"), &none),
        custom(7, "Starts", false, &kind("datetime", "", "datetime"), &none),
        custom(8, "Page", false, &kind("string", "", "url"), &none),
        custom(
            9,
            "Approver",
            false,
            &kind("user", "", "userpicker"),
            &json!([{"id": "712020:z", "name": "Zoe Zebra"}]),
        ),
    ]
}

fn texts(pairs: &[(&str, &[&str])]) -> Texts {
    pairs
        .iter()
        .map(|(id, texts)| {
            (
                (*id).to_owned(),
                texts.iter().map(|t| (*t).to_owned()).collect(),
            )
        })
        .collect()
}

async fn town_with_form() -> (Town, ConnectionId, BoardId) {
    let (town, by) = Town::connected().await;
    town.atlassian.world().form = form();
    let board = boards::list(town.app(), town.owner())
        .await
        .unwrap()
        .remove(0)
        .id;
    (town, by, board)
}

fn new_issue(by: ConnectionId, fields: Option<Texts>, key: &str) -> NewIssue {
    NewIssue {
        connection: by,
        jira_project: demo(),
        issue_type: IssueTypeId::parse("9").unwrap(),
        fields,
        submit_key: Some(key.to_owned()),
    }
}

async fn create(town: &Town, post: PostId, new: &NewIssue) -> upvow_app::Result<Link> {
    links::create_issue(town.app(), town.owner(), post, new).await
}

fn field<'a>(form: &'a [FormField], name: &str) -> &'a FormField {
    form.iter()
        .find(|field| field.name == name)
        .expect("the field is on the form")
}

fn created(town: &Town) -> Value {
    let world = town.atlassian.world();
    world
        .issues
        .values()
        .next_back()
        .expect("an issue")
        .fields
        .clone()
}

#[tokio::test]
async fn every_kind_of_field_reaches_the_issue_as_jira_wants_it() {
    let (town, by, _) = town_with_form().await;
    let post = town.post("Dark mode, please").await;
    let given = texts(&[
        ("customfield_1", &["12"]),
        ("customfield_2", &["3.5"]),
        ("customfield_3", &["**dark**"]),
        ("customfield_4", &["10", "12"]),
        ("customfield_5", &["10/11"]),
        ("customfield_6", &["2026-12-24"]),
        ("customfield_7", &["2026-12-24T18:00"]),
        ("customfield_8", &["https://example.com/dark"]),
        ("labels", &["ui dark-mode"]),
    ]);
    create(&town, post, &new_issue(by, Some(given), "a"))
        .await
        .unwrap();
    let held = "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM links WHERE given IS NOT NULL";
    assert_eq!(town.rows(held).await, 1);
    town.work().await;
    let fields = created(&town);
    assert_eq!(fields["customfield_1"], json!({"id": "12"}));
    assert_eq!(fields["customfield_2"], json!(3.5));
    assert_eq!(fields["customfield_3"]["type"], "doc");
    assert_eq!(fields["customfield_4"], json!([{"id": "10"}, {"id": "12"}]));
    assert_eq!(
        fields["customfield_5"],
        json!({"id": "10", "child": {"id": "11"}})
    );
    assert_eq!(fields["customfield_6"], "2026-12-24");
    assert_eq!(fields["customfield_7"], "2026-12-24T18:00:00.000+0000");
    assert_eq!(fields["customfield_8"], "https://example.com/dark");
    assert_eq!(fields["labels"], json!(["ui", "dark-mode"]));
    assert_eq!(fields["summary"], "Dark mode, please");
    assert_eq!(
        town.rows(held).await,
        0,
        "what was given is not kept once the issue exists"
    );
}

#[tokio::test]
async fn a_value_that_does_not_fit_is_refused_with_its_field_and_nothing_is_made() {
    let (town, by, _) = town_with_form().await;
    let post = town.post("Dark mode, please").await;
    let given = texts(&[
        ("customfield_1", &["99"]),
        ("customfield_2", &["many"]),
        ("customfield_8", &["javascript:alert(1)"]),
        ("customfield_9", &["712020:z"]),
        ("summary", &["another title"]),
    ]);
    let Err(AppError::Invalid(refused)) =
        create(&town, post, &new_issue(by, Some(given), "a")).await
    else {
        panic!("taken");
    };
    let said: Vec<&str> = refused.iter().map(|one| one.message.as_str()).collect();
    for part in [
        "Cost centre: choose",
        "Effort: enter a number",
        "Page: enter an address",
        "Approver: ",
        "not on Jira's form",
    ] {
        assert!(
            said.iter().any(|text| text.contains(part)),
            "{part} in {said:?}"
        );
    }
    let Err(AppError::Invalid(missing)) = create(
        &town,
        post,
        &new_issue(by, Some(texts(&[("customfield_2", &["1"])])), "a"),
    )
    .await
    else {
        panic!("taken");
    };
    assert_eq!(missing[0].message, "Cost centre: Jira needs a value");
    assert_eq!(town.atlassian.count(CREATE), 0);
    assert!(
        links::list(town.app(), town.owner(), post)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_boards_defaults_fill_the_form_and_what_has_none_is_asked() {
    let (town, by, board) = town_with_form().await;
    let (app, owner) = (town.app(), town.owner());
    let form_type = IssueTypeId::parse("9").unwrap();
    let asks = wizard::set_target(app, owner, board, by, &demo(), &form_type)
        .await
        .unwrap();
    assert!(asks, "two fields are needed and have no value yet");
    let post = town.post("Dark mode, please").await;
    let questions = links::create_form(app, owner, post, &new_issue(by, None, "a"), true)
        .await
        .unwrap();
    let names: Vec<&str> = questions.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["Cost centre", "Effort"]);

    let defaults = texts(&[("customfield_1", &["12"]), ("labels", &["feedback"])]);
    wizard::set_target_fields(
        app,
        owner,
        board,
        by,
        &defaults,
        &["customfield_6".to_owned()],
    )
    .await
    .unwrap();
    let target = wizard::targets(app, owner).await.unwrap().remove(0);
    assert!(target.asks && target.filled == 2, "{target:?}");
    let questions = links::create_form(app, owner, post, &new_issue(by, None, "a"), true)
        .await
        .unwrap();
    let names: Vec<&str> = questions.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["Cost centre", "Effort", "Labels", "Due"]);
    assert_eq!(
        field(&questions, "Cost centre").value,
        ["12"],
        "filled in as the board has it"
    );
    assert!(field(&questions, "Effort").value.is_empty());

    let defaults = texts(&[
        ("customfield_1", &["12"]),
        ("customfield_2", &["2"]),
        ("labels", &["feedback"]),
    ]);
    wizard::set_target_fields(app, owner, board, by, &defaults, &[])
        .await
        .unwrap();
    let before = town.atlassian.count("createmeta");
    let new = new_issue(by, None, "a");
    assert!(
        links::create_form(app, owner, post, &new, true)
            .await
            .unwrap()
            .is_empty(),
        "nothing is open"
    );
    create(&town, post, &new).await.unwrap();
    assert_eq!(
        town.atlassian.count("createmeta"),
        before,
        "one click needs no question to Jira"
    );
    town.work().await;
    let fields = created(&town);
    assert_eq!(
        (&fields["customfield_1"], &fields["customfield_2"]),
        (&json!({"id": "12"}), &json!(2))
    );
    assert_eq!(fields["labels"], json!(["feedback"]));

    // The same place chosen again keeps them; another place begins anew.
    assert!(
        !wizard::set_target(app, owner, board, by, &demo(), &form_type)
            .await
            .unwrap()
    );
    assert_eq!(wizard::targets(app, owner).await.unwrap()[0].filled, 3);
    let task = IssueTypeId::parse("7").unwrap();
    wizard::set_target(app, owner, board, by, &demo(), &task)
        .await
        .unwrap();
    assert_eq!(wizard::targets(app, owner).await.unwrap()[0].filled, 0);
}

#[tokio::test]
async fn a_field_that_cannot_be_filled_is_named_at_set_up_with_what_to_do() {
    let (town, by, board) = town_with_form().await;
    let (app, owner) = (town.app(), town.owner());
    let form_type = IssueTypeId::parse("9").unwrap();
    for (schema, part) in [
        (kind("user", "", "userpicker"), "names a person"),
        (kind("group", "", "grouppicker"), "names a group"),
        (kind("team", "", "atlassian-team"), "names a team"),
        (
            json!({"type": "any", "custom": "com.example:thing"}),
            "does not know",
        ),
    ] {
        let mut form = form();
        form.push(custom(
            20,
            "Odd one",
            true,
            &schema,
            &json!([{"id": "712020:z", "name": "Zoe Zebra"}]),
        ));
        town.atlassian.world().form = form;
        let types = wizard::issue_types(app, owner, by, &demo()).await.unwrap();
        let missing = &types
            .iter()
            .find(|kind| kind.name == "Form")
            .unwrap()
            .missing;
        assert_eq!(missing.len(), 1);
        assert!(
            missing[0].name == "Odd one" && missing[0].what_to_do.contains(part),
            "{missing:?}"
        );
        let Err(AppError::Invalid(refused)) =
            wizard::set_target(app, owner, board, by, &demo(), &form_type).await
        else {
            panic!("such a type was taken");
        };
        assert!(refused[0].message.contains("Odd one") && !refused[0].message.contains("Zoe"));
    }
    // With a default in Jira the type can be used.
    let mut form = form();
    let mut odd = custom(
        20,
        "Odd one",
        true,
        &kind("user", "", "userpicker"),
        &Value::Null,
    );
    odd["hasDefaultValue"] = true.into();
    form.push(odd);
    town.atlassian.world().form = form;
    wizard::set_target(app, owner, board, by, &demo(), &form_type)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_screen_that_changed_since_is_told_in_its_words_and_filled_in_again() {
    let (town, by, _) = town_with_form().await;
    let (app, owner) = (town.app(), town.owner());
    let post = town.post("Dark mode, please").await;
    let given = texts(&[("customfield_1", &["12"]), ("customfield_2", &["1"])]);
    create(&town, post, &new_issue(by, Some(given), "a"))
        .await
        .unwrap();
    let body = json!({"errorMessages": [], "errors": {"customfield_30": "Severity is required."}});
    town.atlassian.fail(CREATE, Fault::Answer(400, body));
    let mut changed = form();
    changed.push(custom(
        30,
        "Severity",
        true,
        &kind("option", "", "radiobuttons"),
        &json!([{"id": "31", "value": "High"}]),
    ));
    town.atlassian.world().form = changed;
    town.work().await;

    let link = town.link(post).await;
    assert_eq!(link.state, LinkState::Failed);
    assert_eq!(link.problem.as_deref(), Some("create_refused"));
    let questions = links::refused_form(app, owner, link.id).await.unwrap();
    assert_eq!(
        field(&questions, "Severity").refused,
        Some("Jira needs a value here.")
    );
    assert_eq!(
        field(&questions, "Cost centre").value,
        ["12"],
        "what was given is not asked for again"
    );
    let again = texts(&[("customfield_1", &["12"]), ("customfield_2", &["1"])]);
    assert!(
        links::fill(app, owner, link.id, &again).await.is_err(),
        "it is still missing"
    );
    let again = texts(&[
        ("customfield_1", &["12"]),
        ("customfield_2", &["1"]),
        ("customfield_30", &["31"]),
    ]);
    links::fill(app, owner, link.id, &again).await.unwrap();
    town.work().await;
    assert_eq!(town.link(post).await.state, LinkState::Active);
    assert_eq!(created(&town)["customfield_30"], json!({"id": "31"}));
    assert_eq!(town.atlassian.world().issues.len(), 1);
}
