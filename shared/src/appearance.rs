//! How people and their messages look wherever they are shown: on the page and in an export.

use std::borrow::Cow;

/// Messages of one person that are closer than this form a group with one time, in milliseconds.
pub const TOGETHER_MS: u64 = 5 * 60_000;

/// The hue of a person's avatar: the same everywhere, for the name alone. From FNV-1a, 32 bits.
pub fn hue(name: &str) -> u32 {
    let hash =
        name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (hash >> 8) % 360
}

/// What stands in an avatar: the last two characters of the name.
pub fn initials(name: &str) -> &str {
    let from = name.char_indices().rev().nth(1).map_or(0, |(at, _)| at);
    &name[from..]
}

/// Whether a character starts or ends an embedding, override or isolate, and so reorders the text around it.
///
/// The marks U+061C, U+200E and U+200F are not among them. They only give a hint for their neighbours, and Arabic and Uyghur
/// texts need them.
pub const fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text as it may be shown: without characters that could make it read differently from what it says.
pub fn without_bidi_controls(text: &str) -> Cow<'_, str> {
    if text.contains(is_bidi_control) {
        Cow::Owned(text.chars().filter(|c| !is_bidi_control(*c)).collect())
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bidi_controls_are_removed_and_marks_are_kept() {
        assert!(matches!(without_bidi_controls("你好 سالام \u{200f}!"), Cow::Borrowed(_)));
        assert_eq!(without_bidi_controls("a\u{202e}gpj.exe\u{202c} \u{2067}b\u{2069}"), "agpj.exe b");
    }

    #[test]
    fn an_avatar_is_the_end_of_the_name_in_a_colour_that_white_can_be_read_on() {
        assert_eq!((initials("欧阳静怡"), initials("张三"), initials("李")), ("静怡", "张三", "李"));
        assert_eq!(hue("张三"), hue("张三"));
        for hue in 0..360 {
            // hsl(hue 38% 33%), as in the style sheet.
            let channel = |n: f64| {
                let k = (n + f64::from(hue) / 30.0) % 12.0;
                let c = 0.33 - 0.38 * 0.33 * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0);
                if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
            };
            let luminance = 0.2126 * channel(0.0) + 0.7152 * channel(8.0) + 0.0722 * channel(4.0);
            assert!(1.05 / (luminance + 0.05) >= 4.5, "{hue}");
        }
    }
}
