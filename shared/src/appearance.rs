//! How people and what they say look wherever that is shown: on the page, and in an export.

/// Messages of one person closer than this stand together, in milliseconds.
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

#[cfg(test)]
mod tests {
    use super::*;

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
