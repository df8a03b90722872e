//! Every word the page shows, in 中文 and English, and which of the two it speaks. No other file holds words.

use shared::{ByeCode, Code, NameError};

/// A language of the page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Lang {
    /// 中文, the first language.
    #[default]
    Zh,
    /// English.
    En,
}

impl Lang {
    /// The language for somebody whose browser prefers these, best first.
    pub fn choose<'a>(preferred: impl IntoIterator<Item = &'a str>) -> Self {
        let first = preferred.into_iter().next().unwrap_or("zh");
        if first.to_ascii_lowercase().starts_with("zh") { Self::Zh } else { Self::En }
    }

    /// The other one.
    pub const fn other(self) -> Self {
        match self {
            Self::Zh => Self::En,
            Self::En => Self::Zh,
        }
    }

    /// The language of this tag, if it is one of the page's.
    pub fn of_tag(tag: &str) -> Option<Self> {
        [Self::Zh, Self::En].into_iter().find(|lang| lang.tag() == tag)
    }

    /// As `lang` of the document.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }
}

macro_rules! words {
    ($($word:ident = $zh:literal, $en:literal;)*) => {
        /// A word or sentence of the page; `{}` stands for what is filled in.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Msg {
            $(#[doc = $zh] $word,)*
        }

        impl Msg {
            /// All of them, for tests.
            pub const ALL: &[Self] = &[$(Self::$word),*];

            /// In this language.
            pub const fn say(self, lang: Lang) -> &'static str {
                let [zh, en] = WORDS[self as usize];
                match lang {
                    Lang::Zh => zh,
                    Lang::En => en,
                }
            }
        }

        static WORDS: &[[&str; 2]] = &[$([$zh, $en]),*];
    };
}

words! {
    Brand = "对聊", "Duiliao";
    ThisLanguage = "中文", "English";
    Heading = "WebSocket chat，欢迎使用", "WebSocket chat, welcome";
    Subtitle = "输入名字，马上聊天。不用注册。", "Enter a name and chat. No sign-up.";
    NameLabel = "输入用户名：", "Your name:";
    NamePlaceholder = "两到十个汉字", "2 to 10 Chinese characters";
    NameHint = "例如：张三、欧阳静怡", "For example 张三 or 欧阳静怡";
    BadName = "名称不能为空且必须为中文", "The name must not be empty and must be Chinese";
    NameTooShort = "至少两个汉字", "At least two Chinese characters";
    NameTooLong = "最多十个汉字", "At most ten Chinese characters";
    NameHasBlank = "名称中不能有空格", "The name can't contain spaces";
    NameNotHan = "只能使用汉字", "Chinese characters only";
    NameHasDot = "“·”只能用在两个汉字之间", "“·” may only stand between two Chinese characters";
    NameRare = "此房间只接受常用汉字", "This room accepts only common Chinese characters";
    Connect = "连接", "Connect";
    Connecting = "连接中…", "Connecting…";
    Disconnect = "断开", "Disconnect";
    LobbyOnline = "大厅 · 双人聊天 · {}/{} 人在线", "Lobby · chat for two · {}/{} online";
    LobbyUnknown = "大厅 · 双人聊天", "Lobby · chat for two";

    NewRoom = "新建房间", "New room";
    AnotherName = "以另一个名字加入", "Join under another name";
    RoomSeats = "{} · 已加入 {}/{}", "{} · {}/{} joined";
    PairChat = "双人聊天", "Chat for two";
    GroupChat = "{} 人群聊", "Group of {}";

    MyRooms = "我的房间", "My rooms";
    NoRooms = "这里会列出你加入过的房间。", "The rooms you have joined are listed here.";
    MyRoomState = "已加入 {}/{} · {} 人在线", "{}/{} joined · {} online";
    YouAre = "你是{}", "You are {}";
    Unread = "{} 条未读", "{} unread";
    RoomByLink = "房间 {}", "Room {}";
    RoomIsGone = "房间已不存在", "This room is no more";
    Forget = "忘记", "Forget";

    SeatLinkHeading = "以“{}”的身份继续？", "Continue as {}?";
    SeatLinkAdvice = "此链接会让这台设备成为“{}”。如果不是你自己从另一台设备发来的，请不要使用。",
        "This link makes this device {}. Don't use it unless you sent it from your own device.";
    SeatLinkReplaces = "你在这个房间里是“{}”。使用此链接后，这台设备会改为“{}”，原来的身份将从这台设备上移除。",
        "You are {} in this room. With this link, this device becomes {} and forgets who you were.";
    UseSeatLink = "使用此链接", "Use the link";
    StayAs = "保留“{}”", "Stay as {}";
    DoNotUseLink = "不使用此链接", "Don't use the link";
    AnotherMember = "另一位成员", "another member";
    StorageFailed = "浏览器无法保存数据：关闭页面后，未发送的消息和你的身份都会丢失。请退出无痕模式或清理空间。",
        "The browser can't save anything: unsent messages and your seat are lost when this page closes. Leave private mode or free some space.";

    GoneHeading = "这个房间不存在或已被删除", "This room does not exist or was deleted";
    GoneAdvice = "请检查链接是否完整，也可以新建一个房间。", "Check that the link is complete, or make a new room.";
    ToLobby = "去大厅", "To the lobby";

    NewRoomAdvice = "建好后把链接发给对方，打开就能聊。", "Send its link to others, and they can chat.";
    Seats = "人数", "Seats";
    Pair = "双人", "Two";
    Group = "群聊", "Group";
    SeatsUnit = "人", "seats";
    BadSeats = "人数请填 {} 到 {} 之间的数字", "The seats are a number from {} to {}";
    TitleLabel = "房间名称：", "Name of the room:";
    TitlePlaceholder = "可以不填", "May be left empty";
    BadTitle = "房间名称只能有一行，最多 {} 个字", "The name is one line of at most {} characters";
    HistoryLabel = "新加入的人能看到", "Newcomers can read";
    HistoryAll = "全部", "Everything";
    HistoryFromJoin = "从加入起", "From joining on";
    MakeRoom = "新建", "Make it";
    Back = "返回", "Back";
    NotMade = "房间没有建成，请检查网络后再试", "The room was not made. Check the network and try again";

    Invite = "把链接发给对方，打开就能聊。", "Send the link; who opens it can chat.";
    CopyLink = "复制链接", "Copy link";
    QrCode = "二维码", "QR code";
    OtherDevice = "在另一台设备上继续", "Continue on another device";
    OtherDeviceAdvice = "在另一台设备上打开这个链接，你还是你。不要把它发给别人。",
        "Open this link on your other device, and you are yourself there. Send it to nobody else.";
    Copied = "已复制", "Copied";
    Selected = "不能自动复制，已选中链接，请长按或按 Ctrl+C 复制", "The link is selected: copy it with a long press or Ctrl+C";

    Lobby = "大厅", "Lobby";
    Reconnecting = "正在重连…", "Reconnecting…";
    GroupOnline = "{} · {} 人在线", "{} · {} online";
    Waiting = "等待对方加入…", "Waiting for somebody to join…";
    PairOnline = "双人聊天 · 在线", "Chat for two · online";
    PairOffline = "双人聊天 · 离线", "Chat for two · offline";
    More = "成员、邀请和断开", "Members, invitation and disconnecting";
    Close = "关闭", "Close";
    MembersUnknown = "房间成员", "Members";
    Members = "房间成员 {}/{}", "Members {}/{}";
    You = "（你）", " (you)";
    Online = "在线", "Online";
    Offline = "离线", "Offline";
    Unsure = "状态未知", "Unknown";
    MemberTyping = "正在输入…", "Typing…";

    Alerts = "消息提醒", "Alerts";
    Sound = "声音", "Sound";
    Notification = "通知", "Notifications";
    NotifyDenied = "浏览器已禁止通知，可在它的网站设置里允许", "The browser blocks them; its settings for this site can allow them";
    NotifyWeChat = "微信里没有通知，请在浏览器中打开", "WeChat shows none: open this page in a browser";
    NotifyInsecure = "这个网址不是 https，浏览器不给通知", "Browsers show them only for https addresses";
    NotifyMissing = "这个浏览器没有通知，可先把网页添加到主屏幕或换一个浏览器", "Not in this browser: add the page to the home screen, or use another one";

    HostTools = "管理房间", "Manage the room";
    SaveTitle = "改名", "Rename";
    LockRoom = "锁定房间", "Lock the room";
    LockAdvice = "新人不能加入", "Nobody new may join";
    SlowMode = "慢速模式", "Slow mode";
    SlowOff = "关闭", "Off";
    SlowSeconds = "每 {} 秒一条", "One in {} s";
    BlockedWords = "屏蔽词", "Words not allowed";
    BlockedWordsAdvice = "每行一个，代替以前设置的；留空就不再屏蔽", "One a line, in place of those before; none if empty";
    BadWords = "最多 {} 个屏蔽词，每个最多 {} 个字", "At most {} words of at most {} characters";
    SaveWords = "保存屏蔽词", "Save the words";
    RemoveMember = "请出{}", "Remove {}";
    RemoveQuestion = "请出{}？", "Remove {}?";
    RemoveOnce = "请出", "Remove";
    RemoveForGood = "请出并禁止再加入", "Remove and keep out";
    ExportHtml = "导出网页", "Export as a page";
    ExportJsonl = "导出 JSONL", "Export as JSONL";
    NotExported = "没有导出成功，请稍后再试", "It was not exported. Try again in a moment";
    NotDownloaded = "微信里不能下载，请在浏览器中打开", "WeChat takes no downloads: open this page in a browser";
    DeleteRoom = "删除房间", "Delete the room";
    DeleteQuestion = "删除后，这里的一切对所有人都消失，不能恢复。", "Everything here is gone for everybody, and cannot be brought back.";
    DeleteAnyway = "仍然删除", "Delete anyway";
    NotDeleted = "没有删除成功，请检查网络后再试", "It was not deleted. Check the network and try again";

    HostLeaves = "你是房主。断开后，这台设备就不能再管理这个房间了。",
        "You are the host. Once disconnected, this device can no longer manage the room.";
    OfflineLeaves = "现在没有连接：这台设备会忘记这个房间，座位要过一阵才让出来。",
        "There is no connection: this device forgets the room, and the seat is free only after a while.";
    DisconnectAnyway = "仍然断开", "Disconnect anyway";
    Cancel = "取消", "Cancel";

    Welcome = "欢迎你{}", "Welcome, {}";
    CameOnline = "{}在线啦，你们可以聊天啦", "{} is online, you can chat now";
    LeftRoom = "{}断开了连接", "{} disconnected";
    WasRemoved = "{}被请出了房间", "{} was removed";
    YouRecalled = "你撤回了一条消息", "You recalled a message";
    Recalled = "{}撤回了一条消息", "{} recalled a message";
    DoorLocked = "房间已锁定，新人不能加入", "The room is locked for newcomers";
    DoorOpen = "房间已解锁", "The room is open again";
    RoomChanged = "房间设置已更改", "The room's settings changed";
    Somebody = "有人", "Somebody";

    Log = "聊天记录", "Messages";
    OlderLoading = "正在加载更早的消息…", "Loading earlier messages…";
    OlderFailed = "更早的消息没有加载出来", "Earlier messages could not be loaded";
    NewMessages = "{} 条新消息", "{} new";
    Sending = "发送中", "Sending";
    Delivered = "已送达", "Delivered";
    Read = "已读", "Read";
    ReadBy = "{} 人已读", "Read by {}";
    Edited = "已编辑", "Edited";
    NotSent = "没有发出", "Not sent";
    Retry = "重试", "Retry";
    Moved = "房间已重新开始，对方可能换人了", "The room started afresh, others may be here now";

    UnreadLine = "以下是新消息", "New messages";
    Actions = "更多操作", "More";
    MessageMenu = "消息操作", "What to do with the message";
    Reply = "回复", "Reply";
    Copy = "复制", "Copy";
    Edit = "编辑", "Edit";
    Recall = "撤回", "Recall";
    WhoRead = "谁已读", "Who has read it";
    Revise = "修改", "Edit";
    GiveUp = "删除", "Discard";
    EditAgain = "重新编辑", "Write it anew";
    Replying = "回复 {}", "Reply to {}";
    Editing = "编辑：{}", "Edit: {}";
    Quoted = "{}：{}", "{}: {}";
    QuoteRecalled = "原消息已撤回", "The message was recalled";
    QuoteElsewhere = "回复了更早的一条消息", "In reply to an earlier message";
    SavingEdit = "正在保存修改", "Saving the change";
    Recalling = "正在撤回", "Recalling";
    NotEdited = "没有改成", "Not changed";
    NotRecalled = "没有撤回", "Not recalled";
    NotDone = "操作没有成功", "That did not work";
    TextSelected = "不能自动复制，已选中文字，请长按或按 Ctrl+C 复制", "The text is selected: copy it with a long press or Ctrl+C";
    NobodyRead = "还没有人读过", "Nobody has read it yet";
    ReadersUnknown = "没有查到谁读过，请稍后再试", "Who has read it could not be found out. Try again later";

    Search = "查找", "Find";
    SearchPlaceholder = "查找聊天内容", "Find in this room";
    SearchBy = "谁说的", "Said by";
    Everybody = "所有人", "Everybody";
    SearchSince = "从", "From";
    SearchUntil = "到", "To";
    OnlyBy = "只看{}说的", "Only by {}";
    Found = "找到 {} 条", "{} found";
    FoundMore = "找到 {} 条，还有更早的", "{} found, and earlier ones";
    NothingFound = "没有找到", "Nothing found";
    SearchFailed = "没有查成，请稍后再试", "The search did not work. Try again in a moment";
    SearchMore = "更早的", "Earlier ones";
    Opening = "正在打开那条消息…", "Going to that message…";

    Mentions = "选择要提醒的人", "People to mention";
    Emoji = "表情", "Emoji";

    Message = "消息", "Message";
    MessagePlaceholder = "输入消息", "Write a message";
    Send = "发送", "Send";
    Typing = "{}正在输入…", "{} is typing…";
    ManyTyping = "{} 人正在输入…", "{} people are typing…";
    Comma = "、", ", ";
    Keys = "Enter 发送 · Shift+Enter 换行", "Enter to send · Shift+Enter for a new line";
    SendsAfterComposition = "选定文字后发送", "Sends once the word is chosen";
    SlowModeWait = "慢速模式，{} 秒后可发送", "Slow mode: you can send in {} s";
    SlowModeSends = "慢速模式，{} 秒后发出", "Slow mode: sends in {} s";
    SeatLinkQuestion = "此链接等同于你的身份，确定发送？", "Anyone with this link can act as you. Send it?";
    TooLongText = "消息太长了，最多 {} 个字，请分几条发送", "Too long: at most {} characters, please split it";
    OutboxFull = "待发送的消息过多，请稍后再发", "Too many unsent messages. Wait a moment.";

    LinkLost = "连接断开，正在重连… 你可以继续写，恢复后会发送",
        "Connection lost, reconnecting… Keep writing, it is sent once it is back";
    LinkSearching = "连接不上服务器，正在重试…", "The server cannot be reached, trying again…";
    LinkRestored = "已恢复", "Back online";

    Reload = "刷新页面", "Reload the page";
    Unreachable = "连接不上服务器，请检查网络后再点“连接”",
        "The server cannot be reached. Check the network, then connect again";
    ByeLeft = "你已在另一个窗口断开，可以重新连接", "You disconnected in another window. You can connect again";
    ByeIdle = "你太久没有说话，座位让给了别人，可以重新连接", "You were silent for long and the seat was given up. You can connect again";
    ByeTooBig = "消息太大，连接已关闭，请重新连接", "A message was too large and the connection was closed. Connect again";

    RefusedBadMessage = "服务器没有看懂，请刷新页面再试", "The server did not understand. Reload the page and try again";
    RefusedNameTaken = "这个名字已有人在用，请换一个名字", "Somebody here has this name. Choose another";
    RefusedRoomFull = "大厅已坐满两人，请稍后再试，或者新建房间", "Both seats are taken. Try again later, or make a room";
    LinkNameTaken = "这个名字已有人在用，请换一个名字。如果这是你，请在原设备上打开“在另一台设备上继续”",
        "Somebody here has this name. Choose another. If it is you, open “Continue on another device” on the device you used before";
    ManyJoin = "加入的人太多，请稍等，页面会自动再试", "Many people are joining. Wait a moment, the page tries again by itself";
    LinkRoomFull = "这个房间已坐满，请稍后再来", "All seats of this room are taken. Come again later";
    RefusedRoomLocked = "房间已锁定，请联系房主解锁后再来", "The room is locked. Ask its host to open it";
    RefusedRoomUnknown = "没有这个房间，请检查链接", "There is no such room. Check the link";
    RefusedRemoved = "你已被请出房间，可以去别的房间聊", "You were removed from this room. Chat in another one";
    RefusedNotYours = "这不是你的消息，只能改自己的", "This message is not yours. You can change only your own";
    RefusedTooLate = "已超过可以操作的时间，请另发一条", "It is too late for this. Send a new message instead";
    RefusedTooLong = "消息太长，请分几条发送", "The message is too long. Split it";
    RefusedTooFast = "发得太快了，请稍等再发", "Too fast. Wait a moment";
    RefusedSlowMode = "房间开了慢速模式，请稍等再发", "The room is in slow mode. Wait a moment";
    RefusedBlockedWord = "消息里有房间不允许的词，请修改后再发", "The message has a word not allowed here. Change it";
    RefusedIdReused = "这条消息和之前的冲突，请重试", "This message clashes with an earlier one. Try again";
    RefusedUnknownTarget = "找不到那条消息，它可能已被撤回，请刷新看看", "That message is not there, maybe recalled. Reload to see";
    RefusedNotHost = "只有房主可以这样做，请联系房主", "Only the host may do this. Ask the host";
    RefusedNoToken = "身份已失效，请重新连接", "You are no longer known here. Connect again";
    RefusedVersion = "页面版本太旧，请刷新页面", "This page is out of date. Reload it";
    RefusedOverloaded = "服务器太忙，请稍后再试", "The server is busy. Try again in a moment";

    Today = "今天", "Today";
    Yesterday = "昨天", "Yesterday";
    DayOfYear = "{}月{}日 {}", "{}/{} {}";
    FullDay = "{}年{}月{}日 {}", "{}-{}-{} {}";
    Weekdays = "周日 周一 周二 周三 周四 周五 周六", "Sun Mon Tue Wed Thu Fri Sat";
}

impl Msg {
    /// In this language, each `{}` replaced in order.
    pub fn fill(self, lang: Lang, parts: &[&str]) -> String {
        let mut pieces = self.say(lang).split("{}");
        let mut text = pieces.next().unwrap_or_default().to_owned();
        let mut parts = parts.iter();
        for piece in pieces {
            text.push_str(parts.next().unwrap_or(&""));
            text.push_str(piece);
        }
        text
    }

    /// Why something was refused, and what to do about it.
    pub const fn refusal(code: Code) -> Self {
        match code {
            Code::BadMessage => Self::RefusedBadMessage,
            Code::BadName => Self::BadName,
            Code::NameTaken => Self::RefusedNameTaken,
            Code::RoomFull => Self::RefusedRoomFull,
            Code::RoomLocked => Self::RefusedRoomLocked,
            Code::RoomUnknown => Self::RefusedRoomUnknown,
            Code::Removed => Self::RefusedRemoved,
            Code::NotYours => Self::RefusedNotYours,
            Code::TooLate => Self::RefusedTooLate,
            Code::TooLong => Self::RefusedTooLong,
            Code::TooFast => Self::RefusedTooFast,
            Code::SlowMode => Self::RefusedSlowMode,
            Code::BlockedWord => Self::RefusedBlockedWord,
            Code::IdReused => Self::RefusedIdReused,
            Code::UnknownTarget => Self::RefusedUnknownTarget,
            Code::NotHost => Self::RefusedNotHost,
            Code::NoToken => Self::RefusedNoToken,
            Code::Version => Self::RefusedVersion,
            Code::Overloaded => Self::RefusedOverloaded,
        }
    }

    /// What is wrong with a name.
    pub const fn name_error(error: NameError) -> Self {
        match error {
            NameError::Empty => Self::BadName,
            NameError::TooShort => Self::NameTooShort,
            NameError::TooLong => Self::NameTooLong,
            NameError::Blank => Self::NameHasBlank,
            NameError::NotHan | NameError::Punctuation => Self::NameNotHan,
            NameError::MisplacedDot => Self::NameHasDot,
            NameError::Rare => Self::NameRare,
        }
    }

    /// Why the server ended the connection for good, and what to do about it.
    pub const fn bye(code: ByeCode) -> Self {
        match code {
            ByeCode::Left => Self::ByeLeft,
            ByeCode::Removed => Self::RefusedRemoved,
            ByeCode::Version => Self::RefusedVersion,
            ByeCode::Idle => Self::ByeIdle,
            ByeCode::TooBig => Self::ByeTooBig,
            ByeCode::Restarting | ByeCode::Overloaded => Self::RefusedOverloaded,
        }
    }
}

#[cfg(test)]
mod tests;
