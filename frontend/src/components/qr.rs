//! A QR code, drawn in the page: no link leaves it for a picture.

use qrcodegen::{QrCode, QrCodeEcc};
use yew::{AttrValue, Html, Properties, component, html, use_memo};

/// Modules of white around a code (ISO/IEC 18004).
const QUIET: i32 = 4;

/// Properties of a QR code.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The encoded text.
    pub text: AttrValue,
    /// The accessible label.
    pub label: AttrValue,
}

/// A QR code; nothing for a text that is too long for one.
#[component]
pub fn Qr(props: &Props) -> Html {
    let drawn = use_memo(props.text.clone(), |text| drawn(text));
    let Some((size, path)) = &*drawn else { return Html::default() };
    let whole = size + 2 * QUIET;
    html! {
        <svg class="qr" viewBox={format!("-{QUIET} -{QUIET} {whole} {whole}")} role="img" aria-label={&props.label}
            shape-rendering="crispEdges">
            <path fill="#fff" d={format!("M-{QUIET}-{QUIET}h{whole}v{whole}h-{whole}z")} />
            <path fill="#000" d={path.clone()} />
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
