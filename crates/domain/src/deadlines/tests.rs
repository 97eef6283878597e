use proptest::prelude::*;

use super::*;

const DAY: i64 = 86_400_000;

/// Another way to count, which shares nothing with ours: it walks from day to day over a calendar of its own.
mod by_walking {
    use super::DAY;

    fn is_leap(year: i64) -> bool {
        (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
    }

    fn length(year: i64, month: i64) -> i64 {
        match month {
            4 | 6 | 9 | 11 => 30,
            2 if is_leap(year) => 29,
            2 => 28,
            _ => 31,
        }
    }

    /// The day after.
    fn next((year, month, date): (i64, i64, i64)) -> (i64, i64, i64) {
        if date < length(year, month) {
            (year, month, date + 1)
        } else if month < 12 {
            (year, month + 1, 1)
        } else {
            (year + 1, 1, 1)
        }
    }

    pub(super) fn months(start: i64, months: i64) -> i64 {
        let mut day = start / DAY;
        let mut today = (0..day).fold((1970, 1, 1), |date, _| next(date));
        let (mut year, mut month, wanted) = today;
        for _ in 0..months {
            month += 1;
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
        // Walks on until the month is the wanted one and the day is reached, or the month's last day is.
        loop {
            let (y, m, d) = today;
            if (y, m) == (year, month) && (d == wanted || d == length(y, m)) {
                return day * DAY + start % DAY;
            }
            (day, today) = (day + 1, next(today));
        }
    }

    pub(super) fn business_days(start: i64, days: i64) -> i64 {
        let (mut at, mut left) = (start, days);
        while left > 0 {
            at += DAY;
            // 1970-01-01 was a Thursday; 2 and 3 are the weekend.
            if !matches!((at / DAY) % 7, 2 | 3) {
                left -= 1;
            }
        }
        at
    }

    pub(super) fn days(start: i64, days: i64) -> i64 {
        (0..days).fold(start, |at, _| at + DAY)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Promise 6.6.
    #[test]
    fn both_ways_of_counting_agree(start in 0..(70 * 366 * DAY), number in 1_u16..60) {
        let n = i64::from(number);
        prop_assert_eq!(Span::Days(number).after(Time(start)).0, by_walking::days(start, n));
        prop_assert_eq!(Span::BusinessDays(number).after(Time(start)).0, by_walking::business_days(start, n));
        prop_assert_eq!(Span::Months(number % 30 + 1).after(Time(start)).0, by_walking::months(start, n % 30 + 1));
        prop_assert_eq!(Span::Hours(number).after(Time(start)).0, start + n * DAY / 24);
    }

    /// Promise 6.6.
    #[test]
    fn an_unknown_law_is_never_later_than_a_known_one(start in 0..(70 * 366 * DAY)) {
        let received = Time(start);
        let clock = Clock::new(received);
        for kind in Kind::ALL {
            let strict = table().term("atlantis", kind, received);
            for law in &table().laws {
                let term = law.term(kind);
                prop_assert!(clock.due_at(&strict, received) <= clock.due_at(term, received), "{}", law.code);
                if let Some(by) = clock.acknowledge_by(term) {
                    prop_assert!(clock.acknowledge_by(&strict).is_some_and(|strict| strict <= by));
                }
            }
            prop_assert_eq!(strict.extension, None);
        }
    }

    #[test]
    fn a_pause_puts_the_end_off_by_its_own_length_and_only_where_the_law_says(
        start in 0..(60 * 366 * DAY), wait in 0..(20 * DAY), pause in 0..(90 * DAY),
    ) {
        let paused = Clock { paused_at: Some(Time(start + wait)), ..Clock::new(Time(start)) };
        let now = Time(start + wait + pause);
        let ended = Clock {
            stood: now.since(Time(start + wait)),
            paused_at: None,
            ..paused
        };
        for law in &table().laws {
            for kind in Kind::ALL {
                let term = law.term(kind);
                let plain = Clock::new(Time(start)).due_at(term, now).0;
                let expected = if law.code == "uk_gdpr" { plain + pause } else { plain };
                prop_assert_eq!(paused.due_at(term, now).0, expected);
                prop_assert_eq!(ended.due_at(term, now.plus(Duration::from_hours(50))).0, expected);
            }
        }
    }
}

fn at(text: &str) -> Time {
    Time::parse(text).unwrap()
}

/// Promise 6.6.
#[test]
fn months_end_where_the_month_ends() {
    let month = |start: &str| Span::Months(1).after(at(start)).rfc3339();
    assert_eq!(month("2027-01-31T10:00:00Z"), "2027-02-28T10:00:00.000Z");
    assert_eq!(month("2028-01-31T10:00:00Z"), "2028-02-29T10:00:00.000Z");
    assert_eq!(month("2026-12-31T23:59:59Z"), "2027-01-31T23:59:59.000Z");
    // An extension counts from the end of the first term.
    let gdpr = table().law("gdpr").unwrap().term(Kind::Export).clone();
    let mut clock = Clock::new(at("2026-12-31T00:00:00Z"));
    clock.extended = true;
    assert_eq!(
        clock.due_at(&gdpr, clock.received_at),
        at("2027-03-31T00:00:00Z")
    );
}

/// The table says what the specification says: a change of a term changes this test, too.
///
/// Promise 6.6.
#[test]
fn the_terms_are_those_of_the_laws() {
    let told = |code: &str, kind: Kind| {
        let term = table().law(code).unwrap().term(kind).clone();
        let or = |span: Option<Span>| span.map_or("-".to_owned(), |span| span.to_string());
        let (ack, more) = (or(term.acknowledge), or(term.extension));
        format!(
            "{ack}; {}; {more}{}",
            term.answer,
            if term.pauses { "; pauses" } else { "" }
        )
    };
    for (code, expected) in [
        ("gdpr", "-; 1 month; 2 months"),
        ("uk_gdpr", "-; 1 month; 2 months; pauses"),
        ("us_ca", "10 business days; 45 days; 45 days"),
        ("us_va", "-; 45 days; 45 days"),
        ("us_co", "-; 45 days; 45 days"),
        ("us_ct", "-; 45 days; 45 days"),
        ("us_tx", "-; 45 days; 45 days"),
        ("us_fl", "-; 45 days; 15 days"),
        ("us_ia", "-; 90 days; 45 days"),
        ("br", "at once; 15 days; -"),
        ("ca", "-; 30 days; 30 days"),
        ("ca_qc", "-; 30 days; -"),
        ("au", "-; 30 days; -"),
        ("ch", "-; 30 days; -"),
        ("tr", "-; 30 days; -"),
        ("za", "-; 30 days; 30 days"),
        ("kr", "-; 10 days; 10 days"),
        ("nz", "-; 20 business days; 20 business days"),
        ("id", "-; 72 hours; -"),
    ] {
        for kind in Kind::ALL {
            assert_eq!(told(code, kind), expected, "{code}");
        }
    }
    assert_eq!(told("tw", Kind::Export), "-; 15 days; 15 days");
    assert_eq!(told("tw", Kind::Deletion), "-; 30 days; 30 days");
    let unknown = table().term(UNKNOWN, Kind::Export, Time(0));
    assert_eq!(unknown.answer, Span::Hours(72));
    assert_eq!(unknown.acknowledge, Some(Span::AtOnce));
}

#[test]
fn a_table_that_is_not_whole_is_refused() {
    let row = |change: &dyn Fn(String) -> String| {
        let row = "[[term]]\nlaw = \"x\"\nname = \"X\"\nkinds = [\"export\", \"deletion\"]\nanswer = \"1 month\"\nbasis = \"B\"\nreview_by = \"2027-05-31\"\n";
        table::Table::read(&change(row.to_owned())).is_ok()
    };
    assert!(row(&|row| row));
    assert!(!row(&|row| row.replace("1 month", "1 months")));
    assert!(!row(&|row| row.replace("1 month", "soon")));
    assert!(!row(&|row| row.replace(", \"deletion\"", "")));
    assert!(!row(&|row| row.replace("2027-05-31", "2027-02-30")));
    assert!(!row(&|row| row + "color = \"red\"\n"));
    assert!(!row(&|row| format!("{row}\n{row}")));
    assert!(!row(&|row| row.replace("\"x\"", "\"unknown\"")));
    assert!(!row(&|row| row + "grounds = true\n"));
    assert!(!row(&|_| String::new()));
}

#[test]
fn the_share_that_is_used_is_whole_percents() {
    let (from, to) = (Time(1_000), Time(3_000));
    assert_eq!(share(from, to, Time(0)), 0);
    assert_eq!(share(from, to, Time(1_999)), 49);
    assert_eq!(share(from, to, Time(2_000)), 50);
    assert_eq!(share(from, to, Time(5_000)), 200);
}
