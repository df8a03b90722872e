//! A QR code, drawn in the page: no link leaves it for a picture.

use qrcodegen::{QrCode, QrCodeEcc};
use yew::{Html, html};

/// Modules of white around a code (ISO/IEC 18004).
const QUIET: i32 = 4;

/// A QR code of a text; nothing for one that is too long. `label` is its accessible name.
pub fn qr(text: &str, label: String) -> Html {
    let Some((size, path)) = drawn(text) else { return Html::default() };
    let whole = size + 2 * QUIET;
    html! {
        <svg class="qr" viewBox={format!("-{QUIET} -{QUIET} {whole} {whole}")} role="img" aria-label={label}
            shape-rendering="crispEdges">
            <path fill="#fff" d={format!("M-{QUIET}-{QUIET}h{whole}v{whole}h-{whole}z")} />
            <path fill="#000" d={path} />
        </svg>
    }
}

/// How many modules a side has, and the dark ones as a path: one box for each.
fn drawn(text: &str) -> Option<(i32, String)> {
    // A link has small letters: it would be written in bytes anyway.
    let code = QrCode::encode_binary(text.as_bytes(), QrCodeEcc::Medium).ok()?;
    let size = code.size();
    let all = (0..size).flat_map(|y| (0..size).map(move |x| (x, y)));
    let dark = all.filter(|(x, y)| code.get_module(*x, *y));
    Some((size, dark.map(|(x, y)| format!("M{x} {y}h1v1h-1z")).collect()))
}
