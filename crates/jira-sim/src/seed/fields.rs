//! Custom fields: a few on everyday issue types, and one of every kind on the change request.

use serde_json::{Value, json};

use crate::state::{Choices, Custom, Kind};

/// The issue type whose screens show everything there is.
pub(super) const CHANGE_REQUEST: u64 = 10_006;

const IMPACT: Choices = &[(10_100, "Low"), (10_101, "Medium"), (10_102, "High")];
const RISK: Choices = &[(10_110, "None"), (10_111, "Some"), (10_112, "Unknown")];
const CHANNELS: Choices = &[(10_120, "E-mail"), (10_121, "Phone"), (10_122, "Chat")];
const APPROVALS: Choices = &[(10_130, "Legal"), (10_131, "Security")];
const REGIONS: &[(u64, &str, Choices)] = &[
    (10_140, "Europe", &[(10_141, "Berlin"), (10_142, "Porto")]),
    (10_150, "Asia", &[(10_151, "Osaka")]),
];

pub(super) fn custom() -> Vec<Custom> {
    let (story, bug, incident, team_story) = (10_001, 10_003, 10_004, 10_021);
    let mut fields = vec![
        Custom::new(
            10_016,
            "Story point estimate",
            Kind::Number,
            &[(story, false), (team_story, false)],
        ),
        Custom::new(
            10_040,
            "Customer impact",
            Kind::Select(IMPACT),
            &[(story, false), (bug, false)],
        ),
        Custom::new(10_041, "Affected version", Kind::Text, &[(bug, false)]),
        Custom::new(10_042, "Incident lead", Kind::User, &[(incident, true)]),
        Custom {
            edit_everywhere: true,
            ..Custom::new(10_043, "Feedback votes", Kind::Number, &[])
        },
    ];
    fields.extend(change_request());
    fields
}

fn change_request() -> impl Iterator<Item = Custom> {
    let (must, may) = (true, false);
    let rows: [(u64, &'static str, Kind, bool, Option<Value>); 23] = [
        (10_060, "Reason", Kind::Text, must, None),
        (10_061, "Plan to go back", Kind::TextArea, must, None),
        (10_062, "Effort in days", Kind::Number, must, None),
        (10_063, "Wanted by", Kind::Date, must, None),
        (10_064, "Window starts", Kind::DateTime, must, None),
        (10_065, "Risk", Kind::Select(RISK), must, None),
        (
            10_066,
            "Impact",
            Kind::Radio(IMPACT),
            must,
            Some(json!({ "id": "10101", "value": "Medium" })),
        ),
        (10_067, "Channels", Kind::MultiSelect(CHANNELS), must, None),
        (10_068, "Approvals", Kind::Checkboxes(APPROVALS), may, None),
        (10_069, "Region", Kind::Cascading(REGIONS), must, None),
        (10_070, "Keywords", Kind::Labels, must, None),
        (10_071, "Runbook", Kind::Url, must, None),
        (10_072, "Owner of the change", Kind::User, may, None),
        (10_073, "Reviewers", Kind::Users, may, None),
        (10_074, "Operated by", Kind::Group, may, None),
        (10_075, "Told groups", Kind::Groups, may, None),
        (10_076, "Found in", Kind::Version, may, None),
        (10_077, "Also in", Kind::Versions, may, None),
        (10_078, "Source project", Kind::Project, may, None),
        (10_079, "Team", Kind::Team, may, None),
        (10_080, "Rank", Kind::Any, may, None),
        (10_081, "Budget", Kind::Number, may, Some(json!(0))),
        (10_082, "Remarks", Kind::TextArea, may, None),
    ];
    rows.into_iter()
        .map(|(number, name, kind, required, default)| Custom {
            default,
            ..Custom::new(number, name, kind, &[(CHANGE_REQUEST, required)])
        })
}
