//! Which characters are seen. Unicode has blanks of many kinds, and characters that only change how others are shown.

use unicode_segmentation::UnicodeSegmentation;

/// Whether a character is seen when it stands alone.
pub(crate) fn is_seen(c: char) -> bool {
    match c {
        '!'..='~' | '\u{4e00}'..='\u{9fff}' => true,
        _ => !c.is_whitespace() && !c.is_control() && !is_ignorable(c) && !is_blank(c) && !is_mark(c),
    }
}

/// Unicode's property `Default_Ignorable_Code_Point` (17.0): nothing is drawn for them.
const fn is_ignorable(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Characters with a glyph of their own that is empty: of Braille, of music, and what frames annotations.
const fn is_blank(c: char) -> bool {
    matches!(c, '\u{2800}' | '\u{1d159}' | '\u{fff9}'..='\u{fffb}')
}

/// Whether a character is drawn onto the one before it: with a letter before it, both are one to a reader. Skin tones are too,
/// but are seen alone.
fn is_mark(c: char) -> bool {
    let mut pair = [0; 5];
    pair[0] = b'a';
    let length = 1 + c.encode_utf8(&mut pair[1..]).len();
    let pair = std::str::from_utf8(&pair[..length]).unwrap_or_default();
    !matches!(c, '\u{1f3fb}'..='\u{1f3ff}') && pair.graphemes(true).nth(1).is_none()
}

/// Whether a character is drawn onto the one before it, and is not one of those for which nothing is drawn.
pub(crate) fn is_drawn_mark(c: char) -> bool {
    is_mark(c) && !is_ignorable(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_signs_and_pictures_are_seen() {
        for c in "a~你㐀𠮷éЖ한ก。，！❤😀🏻①§\u{fffd}\u{e000}".chars() {
            assert!(is_seen(c), "{c:?}");
        }
    }

    #[test]
    fn blanks_marks_and_controls_are_not_seen() {
        for c in " \u{a0}\u{3000}\u{2800}\u{200b}\u{200d}\u{3164}\u{ffa0}\u{feff}\u{ad}\u{202e}\u{fe0f}\u{e0020}\u{e0100}\u{301}\u{20dd}\u{93e}\u{180e}\0\n".chars() {
            assert!(!is_seen(c), "{c:?}");
        }
    }
}
