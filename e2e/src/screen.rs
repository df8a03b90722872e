//! Screens: a desk's and a phone's, light and dark; and the pictures taken of them.

use std::fs;

use serde_json::{Value, json};

use crate::engine::Engine;
use crate::page::Page;
use crate::server::screenshots;

/// What a window is shown on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    width: u32,
    height: u32,
    /// Device pixels to a CSS pixel.
    density: u32,
    phone: bool,
    dark: bool,
}

impl Screen {
    /// A desk's, light.
    pub const fn desktop() -> Self {
        Self { width: 1200, height: 800, density: 1, phone: false, dark: false }
    }

    /// A phone's, held upright, with a touch screen, light.
    pub const fn phone() -> Self {
        Self { width: 390, height: 844, density: 2, phone: true, dark: false }
    }

    /// A phone's, held on its side.
    pub const fn phone_on_its_side() -> Self {
        Self { width: 844, height: 390, ..Self::phone() }
    }

    /// A screen of which so many pixels are covered, as by a keyboard.
    #[must_use]
    pub const fn lower(self, px: u32) -> Self {
        Self { height: self.height - px, ..self }
    }

    /// A desk's of 1280 pixels, seen at four times its size.
    pub const fn zoomed() -> Self {
        Self { width: 320, height: 256, density: 4, phone: false, dark: false }
    }

    /// The same, dark.
    #[must_use]
    pub const fn dark(self) -> Self {
        Self { dark: true, ..self }
    }
}

impl Page {
    /// Shows the window on a screen. Only Chromium knows the dark, and fingers; the others have a window of that size.
    #[track_caller]
    pub fn show_on(&self, screen: &Screen) {
        if self.engine() != Engine::Chromium {
            return self.resize_page(screen);
        }
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            json!({
                "width": screen.width,
                "height": screen.height,
                "deviceScaleFactor": screen.density,
                "mobile": screen.phone,
            }),
        );
        self.devtools("Emulation.setTouchEmulationEnabled", json!({ "enabled": screen.phone }));
        let scheme = if screen.dark { "dark" } else { "light" };
        self.devtools(
            "Emulation.setEmulatedMedia",
            json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] }),
        );
    }

    /// Gives the page itself this size, whatever the window has around it.
    #[track_caller]
    fn resize_page(&self, screen: &Screen) {
        self.resize(screen.width, screen.height);
        let [around, above]: [u32; 2] = self
            .ask("return [outerWidth - innerWidth, outerHeight - innerHeight].map(n => Math.max(n, 0))", &[]);
        self.resize(screen.width + around, screen.height + above);
    }

    /// Puts the window out of sight, as behind another one, or back into it.
    #[track_caller]
    pub fn put_out_of_sight(&self, out: bool) {
        self.devtools("Emulation.setFocusEmulationEnabled", json!({ "enabled": !out }));
        self.minimize(out);
        let hidden = format!("return document.hidden === {out}");
        self.wait_until("the window to be put out of sight, or back", &hidden);
    }

    /// Takes the focus away from a window that stays visible, as on a second screen, or gives it back.
    ///
    /// Headless windows never lose the focus, so the page is told in the browser's place.
    #[track_caller]
    pub fn set_focus(&self, has_focus: bool) {
        self.ask::<Value>(
            "const [hasFocus] = arguments;
             document.hasFocus = () => hasFocus;
             window.dispatchEvent(new Event(hasFocus ? 'focus' : 'blur'))",
            &[json!(has_focus)],
        );
    }

    /// Leaves `target/screenshots/NAME-{desktop,phone}-{light,dark}.png` of what is shown, for a person to look at. Only Chromium
    /// can be told to be a phone, or dark: other engines leave none.
    ///
    /// # Panics
    /// When a picture is empty or dark looks like light.
    #[track_caller]
    pub fn take_screenshots(&self, name: &str) {
        if self.engine() != Engine::Chromium {
            return;
        }
        fs::create_dir_all(screenshots()).expect("a folder for pictures can be made");
        for (size, screen) in [("desktop", Screen::desktop()), ("phone", Screen::phone())] {
            let light = self.save_screenshot(&format!("{name}-{size}-light"), &screen);
            let dark = self.save_screenshot(&format!("{name}-{size}-dark"), &screen.dark());
            assert_ne!(light, dark, "the page's background is the same in light and dark");
        }
        self.show_on(&Screen::desktop());
    }

    /// Leaves one picture and gives the page's background.
    #[track_caller]
    fn save_screenshot(&self, name: &str, screen: &Screen) -> String {
        self.show_on(screen);
        self.settle();
        let path = screenshots().join(format!("{name}.png"));
        let png = self.picture();
        assert_eq!(size_of_png(&png), Some((screen.width * screen.density, screen.height * screen.density)));
        fs::write(&path, png).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        self.audit(name);
        self.ask("return getComputedStyle(document.body).backgroundColor", &[])
    }

    /// Leaves one picture on this screen, light and dark, and audits both.
    #[track_caller]
    pub fn take_screenshots_on(&self, name: &str, screen: &Screen) {
        fs::create_dir_all(screenshots()).expect("a folder for pictures can be made");
        self.save_screenshot(&format!("{name}-dark"), &screen.dark());
        self.save_screenshot(&format!("{name}-light"), screen);
    }

    /// Leaves `target/screenshots/NAME.png` of what is shown, as it is.
    #[track_caller]
    pub fn take_screenshot(&self, name: &str) {
        fs::create_dir_all(screenshots()).expect("a folder for pictures can be made");
        self.settle();
        let path = screenshots().join(format!("{name}.png"));
        fs::write(&path, self.picture()).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Two frames later everything has been laid out and drawn anew; what moves is brought to its end.
    #[track_caller]
    fn settle(&self) {
        self.ask_later::<Value>(
            "const done = arguments[arguments.length - 1];
             document.getAnimations().forEach(a => { try { a.finish() } catch { a.cancel() } });
             requestAnimationFrame(() => requestAnimationFrame(() => done(null)));",
            &[],
        );
    }
}

/// Width and height from the picture's header.
fn size_of_png(png: &[u8]) -> Option<(u32, u32)> {
    let header = png.strip_prefix(b"\x89PNG\r\n\x1a\n")?;
    let number = |at: usize| Some(u32::from_be_bytes(header.get(at..at + 4)?.try_into().ok()?));
    Some((number(8)?, number(12)?))
}
