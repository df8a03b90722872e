//! Reads JSON: what came over the wire, and what was kept. It does not say what is wrong with it: nobody is told.
//!
//! `serde_json` can, and that is in all the code it makes: with it the page is 16 KB larger (in brotli).

use serde::de::DeserializeOwned;

/// What a text holds, if it is JSON of this form.
pub fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    // No string is longer without its escapes.
    let mut unescaped = vec![0; text.len()];
    serde_json_core::from_str_escaped(text, &mut unescaped).ok().map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use shared::{EventPage, FromServer, Problem, Readers, Readings, RoomCard, RoomMade, SearchPage};

    use super::*;

    /// The golden frames and answers of the protocol.
    const EXAMPLES: &str = include_str!("../../shared/tests/examples.jsonl");

    #[test]
    fn every_example_is_read_as_it_is_meant() {
        fn same<T: DeserializeOwned + PartialEq + std::fmt::Debug>(value: &Value) {
            for text in [value.to_string(), format!(" {value:#}\n")] {
                let meant: T = serde_json::from_str(&text).unwrap();
                assert_eq!(read::<T>(&text).as_ref(), Some(&meant), "{text}");
            }
        }
        for line in EXAMPLES.lines() {
            let example: Value = serde_json::from_str(line).unwrap();
            let answer = &example["answer"];
            match (example["from"].as_str().unwrap(), example["request"].as_str()) {
                ("server", _) => same::<FromServer>(&example["frame"]),
                (_, Some(_)) if example["status"] == 404 => same::<Problem>(answer),
                (_, Some("POST /api/rooms")) => same::<RoomMade>(answer),
                (_, Some("GET /api/rooms/lobby")) => same::<RoomCard>(answer),
                (_, Some(get)) if get.contains("/events") => same::<EventPage>(answer),
                (_, Some(get)) if get.contains("/search") => same::<SearchPage>(answer),
                (_, Some(get)) if get.contains("/reads") => same::<Readers>(answer),
                _ => {}
            }
        }
        same::<Readings>(&serde_json::json!({"曾": ["ceng", "zeng"], "𠮷": []}));
    }

    #[test]
    fn what_json_escapes_comes_out_as_it_was() {
        let all: String =
            ('\0'..='\u{ff}').chain("\\\"/\\\\\"𠮷👍\u{2028}\u{fffd}\u{10ffff}".chars()).collect();
        for text in [all.as_str(), "", "\"", "\\", "\\\\\"", "a\\u0041"] {
            assert_eq!(read::<String>(&serde_json::to_string(text).unwrap()).as_deref(), Some(text));
        }
    }

    #[test]
    fn what_is_not_known_is_passed_over() {
        let frame = r#"{"later":[{"a":null,"b":[1.5e3,-2,true]},"x\"]}"],"type":"tick","at":7,"more":1e9}"#;
        assert_eq!(read::<FromServer>(frame), FromServer::decode(frame).ok());
        assert!(read::<FromServer>(frame).is_some());
        let null = r#"{"type":"refused","code":"room_full","message":"","id":null}"#;
        assert_eq!(read::<FromServer>(null), FromServer::decode(null).ok());
    }

    #[test]
    fn what_makes_no_sense_is_nothing() {
        let frame = r#"{"type":"typing","by":[1,2]}"#;
        for end in 0..frame.len() {
            assert_eq!(read::<FromServer>(&frame[..end]), None, "{end}");
        }
        let others = [
            "null",
            "[]",
            "2",
            "\"tick\"",
            r#"{"type":"typing","by":[1,]}"#,
            r#"{"type":"typing","by":[-1]}"#,
        ];
        for frame in others.into_iter().chain([r#"{"type":"typing","by":[4294967296]}"#, r#"{"type":"x"}"#]) {
            assert_eq!(read::<FromServer>(frame), None, "{frame}");
        }
        assert_eq!(read::<FromServer>(&format!("{frame}{frame}")), None);
        assert_eq!(read::<String>(r#""\u12"#), None);
        assert_eq!(read::<String>(r#""\x""#), None);
    }
}
