//! Every word and sentence of the page, in 中文 and English. No other file holds words.

use std::sync::LazyLock;

use super::Lang;

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
            pub fn say(self, lang: Lang) -> &'static str {
                WORDS[lang as usize][self as usize]
            }
        }

        // One text, cut at run time: an address and a length for each word are 2 KB of the page.
        static WORDS: LazyLock<[Vec<&str>; 2]> = LazyLock::new(|| {
            [concat!($($zh, "\0"),*), concat!($($en, "\0"),*)].map(|words| words.split('\0').collect())
        });
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
    NameTooShort = "至少两个汉字", "At least two Chinese characters";
    NameTooLong = "最多十个汉字", "At most ten Chinese characters";
    NameHasBlank = "名称中不能有空格", "The name can't contain spaces";
    NameNotHan = "只能使用汉字", "Chinese characters only";
    NameHasDot = "“·”只能用在两个汉字之间", "“·” may only stand between two Chinese characters";
    NameRare = "此房间只接受常用汉字", "This room accepts only common Chinese characters";
    NameReserved = "这个名字不能使用，请换一个", "This name can't be used. Choose another.";
    BadName = "名称不能为空且必须为中文", "Enter a name in Chinese characters";
    Connect = "连接", "Connect";
    Connecting = "连接中…", "Connecting…";
    Disconnect = "断开", "Disconnect";
    Enter = "进入", "Join";
    LeaveRoom = "离开房间", "Leave room";
    LobbySeats = "大厅 · 双人聊天 · 已加入 {}/{}", "Lobby · two people · {}/{} joined";
    LobbyUnknown = "大厅 · 双人聊天", "Lobby · two people";

    NewRoom = "新建房间", "Create room";
    AnotherName = "以另一个名字加入", "Join with another name";
    RoomSeats = "{} · 已加入 {}/{}", "{} · {}/{} joined";
    JoinTitled = "加入“{}”", "Join “{}”";
    JoinUntitled = "加入{}", "Join {}";
    JoinUnknown = "加入房间", "Join room";
    PairChat = "双人聊天", "Two people";
    GroupChat = "{} 人群聊", "Group of {}";

    MyRooms = "我的房间", "My rooms";
    NoRooms = "加入过的房间会显示在这里", "Rooms you join appear here";
    MyRoomState = "已加入 {}/{} · {} 人在线", "{}/{} joined · {} online";
    YouAre = "你是{}", "You are {}";
    Unread = "{} 条未读", "{} unread";
    RoomByLink = "房间 {}", "Room {}";
    RoomIsGone = "房间已不存在", "This room no longer exists";
    Forget = "移除", "Remove";

    SeatLinkHeading = "以“{}”的身份继续？", "Continue as {}?";
    SeatLinkAdvice = "此链接会让这台设备成为“{}”。如果不是你自己从另一台设备发来的，请不要使用。",
        "This link makes this device {}. Don't use it unless you sent it from your own device.";
    SeatLinkReplaces = "你在这个房间里是“{}”。使用此链接后，这台设备会改为“{}”，原来的身份将从这台设备上移除。",
        "You are {} in this room. With this link, this device becomes {} and forgets who you were.";
    SeatLinkExpired = "此链接已失效，没有对应的成员", "This link has expired. It belongs to no member.";
    UseSeatLink = "使用此链接", "Use the link";
    StayAs = "保留“{}”", "Stay as {}";
    DoNotUseLink = "不使用此链接", "Don't use the link";
    AnotherMember = "另一位成员", "another member";
    StorageFailed = "浏览器无法保存数据：关闭页面后，未发送的消息和你的身份都会丢失。请退出无痕模式或清理空间。",
        "The browser can't save anything: unsent messages and your seat are lost when this page closes. Leave private mode or free some space.";

    GoneHeading = "这个房间不存在或已被删除", "This room doesn't exist or was deleted";
    GoneAdvice = "请检查链接是否完整，也可以新建一个房间。", "Check that the link is complete, or create a room.";
    DeletedHeading = "房主已删除这个房间", "The host deleted this room";
    DeletedAdvice = "房间里的消息已全部删除。", "All its messages are gone.";
    ToLobby = "去大厅", "Go to the lobby";

    NewRoomAdvice = "创建后把链接发给对方，打开就能聊", "Send the link to others. They can chat as soon as they open it.";
    Seats = "人数", "People";
    Pair = "双人", "Two people";
    Group = "群聊", "Group";
    SeatsUnit = "人", "people";
    BadSeats = "人数须为 {}–{}", "Enter a number from {} to {}";
    TitleLabel = "房间名称：", "Room name:";
    TitlePlaceholder = "选填", "Optional";
    BadTitle = "房间名称为一行，最多 {} 个字", "One line, up to {} characters";
    HistoryLabel = "新成员可查看", "New members can see";
    HistoryAll = "全部消息", "All messages";
    HistoryFromJoin = "仅加入后的消息", "Only after they join";
    MakeRoom = "创建", "Create";
    Back = "返回", "Back";
    NotMade = "创建失败，请检查网络后重试", "Couldn't create the room. Check your connection and try again.";

    Invite = "把链接发给对方，打开就能聊", "Send this link. They can chat as soon as they open it.";
    InviteMore = "把链接发给大家，打开就能聊", "Send everyone this link. They can chat as soon as they open it.";
    InviteGroup = "还没有其他人 · 把链接发给大家", "No one else yet · send everyone the link";
    CopyLink = "复制链接", "Copy link";
    CopyHostLink = "复制房主链接", "Copy host link";
    CopySeatLink = "复制身份链接", "Copy my identity link";
    QrCode = "二维码", "QR code";
    SecretCode = "扫码的人会得到你的身份，请勿分享。", "Whoever scans this becomes you. Don't share it.";
    OtherDevice = "在另一台设备上继续", "Continue on another device";
    OtherDeviceAdvice = "在另一台设备上扫码或打开此链接，即可用同一身份继续聊天。10 分钟内有效，只能用一次，请勿发给他人。",
        "Scan or open this link on your other device to continue as yourself. It works once, within 10 minutes. Don't share it.";
    SignOutOthers = "退出其他设备", "Sign out other devices";
    SignOutMeans = "除这台设备外全部退出，备份链接也会失效。", "All devices but this one are signed out. Your backup link stops working too.";
    DeviceAdded = "一台新设备开始使用你的身份。如果不是你本人操作，请打开“在另一台设备上继续”，退出其他设备。",
        "A new device now uses your identity. If it wasn't you, open “Continue on another device” and sign out other devices.";
    BackedUp = "你备份了身份，只有最新的备份链接有效", "You backed up your identity. Only the newest backup link works.";
    OthersSignedOut = "已退出其他设备", "Other devices were signed out";
    PairHeading = "在这台设备上继续", "Continue on this device";
    RoomMadeHeading = "房间已创建", "Room created";
    HostLinkAdvice = "请保存房主链接：更换设备或清除浏览器数据后，打开它就能继续以房主身份管理房间。拥有此链接的人就是房主，请勿发给他人。邀请他人的链接在房间里。",
        "Keep this host link. If you change devices or clear browser data, open it to manage the room again. Whoever has it is the host, so don't share it.";
    HostNotStored = "此浏览器无法保存房主身份，请务必先保存下面的链接。",
        "This browser can't remember that you're the host. Save the link below first.";
    EnterRoom = "进入房间", "Enter room";
    BackupOffer = "没有备份，清除浏览器数据后无法找回身份", "Without a backup, you can't return after clearing browser data";
    BackUp = "备份我的身份", "Back up my identity";
    BackupAdvice = "保存此链接，在任何设备上打开它，都能以同一身份回到这里。它只能用一次，用过后请重新备份。拥有此链接的人就是你，请勿发给他人。",
        "Keep this link. Open it on any device to come back as yourself. It works once, so back up again after using it. Whoever has it is you, so don't share it.";
    NotNeeded = "不用了", "No thanks";
    Done = "完成", "Done";
    Copied = "已复制", "Copied";
    Selected = "无法自动复制，内容已选中，请长按或按 Ctrl+C（⌘C）复制", "Selected. Long-press or press Ctrl/⌘+C to copy.";

    Lobby = "大厅", "Lobby";
    Reconnecting = "正在重连…", "Reconnecting…";
    GroupOnline = "{} · {} 人在线", "{} · {} online";
    Waiting = "等待其他人加入…", "Waiting for others…";
    PairOnline = "对方在线", "Online";
    PairOffline = "对方离线", "Offline";
    More = "更多", "More options";
    Close = "关闭", "Close";
    MembersUnknown = "房间成员", "People";
    Members = "房间成员 {}/{}", "People {}/{}";
    PeopleSection = "成员", "People";
    InviteSection = "邀请", "Invite";
    HostSection = "管理", "Manage";
    SettingsSection = "设置", "Settings";
    FindMember = "搜索成员", "Search people";
    NoSuchMember = "没有匹配的成员", "No matching people";
    HostBadge = "房主", "Host";
    Language = "语言", "Language";
    You = "（你）", " (you)";
    Online = "在线", "Online";
    Offline = "离线", "Offline";
    Unsure = "状态未知", "Unknown";
    MemberTyping = "正在输入…", "Typing…";

    Alerts = "消息提醒", "Alerts";
    Sound = "声音", "Sound";
    Notification = "通知", "Notifications";
    NotifyDenied = "通知已被浏览器阻止，请在网站设置中允许", "Blocked by the browser. Allow notifications in site settings.";
    NotifyWeChat = "微信内不支持通知，请用浏览器打开", "Not available in WeChat. Open in a browser.";
    NotifyInsecure = "当前网址不是 HTTPS，无法使用通知", "Requires HTTPS.";
    NotifyMissing = "此浏览器不支持通知", "Not supported by this browser.";

    HostTools = "管理房间", "Manage room";
    SaveTitle = "保存", "Save";
    LockRoom = "锁定房间", "Lock room";
    LockAdvice = "锁定后新成员无法加入", "No new members";
    SlowMode = "慢速模式", "Slow mode";
    SlowOff = "关闭", "Off";
    SlowSeconds = "每 {} 秒一条", "Every {} s";
    BlockedWords = "屏蔽词", "Blocked words";
    BlockedWordsAdvice = "每行一个。保存后覆盖原设置，留空则取消屏蔽。",
        "One per line. Saving replaces the list; leave empty to clear.";
    WordsSubmitted = "已提交", "Submitted";
    BadWords = "最多 {} 个屏蔽词，每个最多 {} 个字", "Up to {} words of up to {} characters";
    SaveWords = "保存", "Save";
    ManageMember = "管理{}", "Manage {}";
    RemoveOnce = "移出", "Remove";
    RemoveForGood = "移出并禁止加入", "Remove and ban";
    RemoveMeans = "移出后，对方打开链接仍可再次加入。", "They can join again with the link.";
    RemoveAnyway = "确认移出", "Remove";
    RemoveForGoodMeans = "移出后无法再加入，可在“已禁止加入”中解除。", "They can't join again until you lift the ban under “Banned”.";
    RemoveForGoodAnyway = "确认移出并禁止", "Remove and ban";
    RecallToo = "同时撤回其消息", "Recall their messages too";
    Mute = "禁言", "Mute";
    TenMinutes = "10 分钟", "10 min";
    OneHour = "1 小时", "1 hour";
    OneDay = "一天", "1 day";
    Unmute = "解除禁言", "Unmute";
    Muted = "已禁言", "Muted";
    WasMuted = "{}已被房主禁言", "{} was muted by the host";
    MaySpeak = "{}已被解除禁言", "{} was unmuted";
    YouMaySpeak = "你已被解除禁言", "You were unmuted";
    MutedUntil = "你已被房主禁言，{} 后可以发言", "The host muted you until {}";
    Bans = "已禁止加入", "Banned";
    NoBans = "没有被禁止加入的人", "No one is banned";
    Unban = "解除", "Lift ban";
    UnbanMember = "解除对{}的禁止", "Lift the ban on {}";
    NotLoaded = "加载失败，请稍后重试", "Couldn't load. Try again later.";
    ExportHtml = "导出为网页", "Export as HTML";
    ExportJsonl = "导出 JSONL", "Export as JSONL";
    NotExported = "导出失败，请稍后重试", "Export failed. Try again.";
    NotDownloaded = "微信内无法下载，请用浏览器打开", "Downloads don't work in WeChat.";
    DeleteRoom = "删除房间", "Delete room";
    DeleteQuestion = "删除后，所有人都无法再访问此房间及消息，且不可恢复。",
        "This deletes the room and all messages for everyone. It can't be undone.";
    DeleteAnyway = "确认删除", "Delete";
    ExportFirst = "可先导出聊天记录：", "Export the messages first if you need them:";
    NotDeleted = "删除失败，请检查网络后重试", "Couldn't delete the room.";

    HostLeaves = "离开后只能用房主链接回来管理此房间。", "After leaving, only your host link lets you manage this room again.";
    OfflineLeaves = "当前未连接：断开后本机会清除此房间，席位最长 30 天后释放。",
        "You're offline. This device will forget the room; your seat is released after up to 30 days.";
    DisconnectAnyway = "仍然断开", "Disconnect anyway";
    Unsent = "{} 条消息尚未发出", "{} unsent messages";
    ForgetDevice = "退出这台设备", "Forget on this device";
    ForgetMeans = "只清除这台设备上的记录，席位保留。回来时需要备份链接或你的另一台设备；新的备份会使以前的失效。",
        "Only this device forgets the room. You keep your seat. To return, you need your backup link or another device of yours. A new backup replaces earlier ones.";
    DeviceForgotten = "已退出这台设备", "This device forgot the room.";
    LeaveMeans = "你的所有设备都会离开，席位释放。再次进入时，你是新成员。", "All your devices leave and your seat is released. If you come back, you're a new member.";
    LeaveLocked = "房间已锁定，离开后无法再进入。", "The room is locked: you can't come back after leaving.";
    Cancel = "取消", "Cancel";

    Welcome = "欢迎你{}", "Welcome, {}";
    CameOnline = "{}在线啦，你们可以聊天啦", "{} is online, you can chat now";
    LeftRoom = "{}断开了连接", "{} disconnected";
    JoinedGroup = "{}加入了房间", "{} joined";
    LeftGroup = "{}离开了房间", "{} left";
    NamesAndMore = "{}等 {} 人", "{} and {} more";
    AlreadyHere = "{}已在房间里", "{} already here";
    WasRemoved = "{}已被移出房间", "{} was removed";
    YouRecalled = "你撤回了一条消息", "You recalled a message";
    Recalled = "{}撤回了一条消息", "{} recalled a message";
    YouRecalledOf = "你撤回了{}的一条消息", "You recalled a message from {}";
    RecalledYours = "{}撤回了你的一条消息", "{} recalled your message";
    RecalledOf = "{}撤回了{}的一条消息", "{} recalled a message from {}";
    DoorLocked = "房间已锁定，新成员无法加入", "The room is locked for new members";
    DoorOpen = "房间已解锁", "The room is open again";
    RoomChanged = "房间设置已更改", "The room's settings changed";
    RoomRenamed = "房间改名为“{}”", "Room renamed to “{}”";
    RoomUnnamed = "房间名称已移除", "The room has no name any more";
    SlowModeOn = "已开启慢速模式（每 {} 秒一条）", "Slow mode on (one message every {} s)";
    SlowModeOff = "已关闭慢速模式", "Slow mode off";
    Somebody = "未知成员", "Unknown member";

    Log = "聊天记录", "Messages";
    OlderLoading = "正在加载更早的消息…", "Loading earlier messages…";
    OlderOffline = "恢复连接后可查看更早的消息", "Earlier messages load when you're back online";
    NeedsReload = "需要刷新页面才能查看", "Reload the page to see this";
    JumpFailed = "定位失败，请稍后重试", "Couldn't jump to the message. Try again later.";
    NewerLoading = "正在加载更新的消息…", "Loading newer messages…";
    NewerFailed = "更新的消息加载失败", "Couldn't load newer messages";
    JumpLatest = "回到最新", "Jump to latest";
    OlderFailed = "更早的消息加载失败", "Couldn't load earlier messages";
    NewMessages = "{} 条新消息", "{} new messages";
    Sending = "发送中…", "Sending…";
    SendsLater = "待发送", "Waiting to send";
    Delivered = "已送达", "Delivered";
    Read = "已读", "Read";
    ReadBy = "{} 人已读", "Read by {}";
    Edited = "已编辑", "Edited";
    NotSent = "发送失败", "Not sent";
    Retry = "重试", "Retry";
    Moved = "对方可能已换人，此消息未发送", "Someone else may be here now; this wasn't sent.";
    MovedTo = "对方现在是{}，此消息未发送", "You're now talking to {}; this wasn't sent.";

    UnreadLine = "以下是新消息", "New messages";
    Actions = "更多操作", "More";
    MessageMenu = "消息操作", "What to do with the message";
    Reply = "回复", "Reply";
    Copy = "复制", "Copy";
    SelectText = "选择文字", "Select text";
    OpenLink = "打开", "Open";
    Edit = "编辑", "Edit";
    Recall = "撤回", "Recall";
    WhoRead = "查看已读成员", "Read by…";
    Revise = "修改", "Edit";
    GiveUp = "删除", "Discard";
    EditAgain = "重新编辑", "Edit again";
    Replying = "回复 {}", "Reply to {}";
    Editing = "正在编辑：{}", "Editing: {}";
    SaveEdit = "保存", "Save";
    Quoted = "{}：{}", "{}: {}";
    QuoteRecalled = "原消息已撤回", "The message was recalled";
    QuoteEdited = "原消息已修改", "The original was edited";
    QuoteElsewhere = "回复了更早的一条消息", "In reply to an earlier message";
    SavingEdit = "正在保存修改…", "Saving the change…";
    Recalling = "正在撤回…", "Recalling…";
    NotEdited = "编辑失败", "Edit failed";
    NotRecalled = "撤回失败", "Recall failed";
    NotDone = "操作失败", "Action failed";
    TextSelected = "无法自动复制，内容已选中，请长按或按 Ctrl+C（⌘C）复制", "Selected. Long-press or press Ctrl/⌘+C to copy.";
    NobodyRead = "暂无人已读", "No one yet";
    ReadersUnknown = "无法获取已读名单，请稍后重试", "Couldn't load readers";
    Expand = "展开", "Show more";
    Collapse = "收起", "Show less";

    Search = "搜索", "Search";
    SearchPlaceholder = "搜索聊天记录", "Search messages";
    SearchBy = "发送人", "From";
    Everybody = "所有人", "Everyone";
    HasLeft = "{}（已离开）", "{} (left)";
    HitEdited = "已修改", "Edited";
    HitRecalled = "已撤回", "Recalled";
    SearchSince = "从", "Since";
    SearchUntil = "到", "Until";
    OnlyBy = "只看{}的消息", "Only from {}";
    Found = "找到 {} 条", "{} results";
    FoundMore = "已找到 {} 条，还有更多", "{} results, more available";
    NothingFound = "没有找到", "No results";
    SearchFailed = "搜索失败，请稍后重试", "Search failed";
    SearchMore = "加载更早的结果", "Show earlier";
    Opening = "正在定位到该消息…", "Jumping to message…";

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

    LinkLost = "连接断开，正在重连… 你可以继续写，恢复后会发送", "Connection lost. Reconnecting… You can keep writing; messages are sent when you're back.";
    LinkSearching = "无法连接服务器，正在重试…", "Can't reach the server. Retrying…";
    LinkRestored = "已恢复", "Back online";

    Reload = "刷新页面", "Reload the page";
    Unreachable = "无法连接服务器，请检查网络后重试", "Can't reach the server. Check your connection and try again.";
    ByeLeft = "你已在另一个窗口断开，可以重新连接", "You disconnected in another window. You can connect again.";
    LinkByeLeft = "你已在另一台设备上离开房间", "You left this room on another device.";
    ByeRemoved = "你已被移出房间，可以去别的房间聊", "You were removed from this room. You can chat in another one.";
    ByeIdle = "长时间未操作，席位已释放，可重新连接", "Your seat was released after inactivity. Reconnect.";
    ByeTooBig = "消息太大，连接已关闭，请重新连接", "A message was too large and the connection was closed. Reconnect.";

    RefusedBadMessage = "请求无效，请刷新页面后重试", "Invalid request. Reload and try again.";
    RefusedNameTaken = "这个名字已有人在用，请换一个名字", "Somebody here has this name. Choose another.";
    RefusedRoomFull = "大厅已坐满两人，请稍后重试，或者新建房间", "The lobby is full. Try later or create a room.";
    NameFreeIn = "如果这是你，{} 秒后会自动加入", "If it's you, you'll join in {} s";
    NameBlocked = "名字里有房间不允许的词，请换一个", "The name has a word not allowed here. Choose another.";
    LinkNameTaken = "这个名字已有人在用，请换一个名字。如果这是你，请打开备份的身份链接，或在原设备上打开“在另一台设备上继续”，也可以请房主移出原来的你",
        "Somebody here has this name. Choose another. If it is you, open the identity link that you backed up, or “Continue on another device” on your old device, or ask the host to remove your old self.";
    ManyJoin = "加入的人太多，请稍等，页面会自动重试", "Many people are joining. Wait a moment, the page tries again by itself.";
    LinkRoomFull = "这个房间已坐满，请稍后再来", "This room is full. Try again later.";
    RefusedRoomLocked = "房间已锁定，请联系房主解锁后再来", "The room is locked. Ask its host to unlock it.";
    RefusedRoomUnknown = "没有这个房间，请检查链接", "This room doesn't exist. Check the link.";
    RefusedRemoved = "房主已禁止你再加入", "The host doesn't let you join again";
    RefusedNotYours = "只能编辑或撤回自己的消息", "You can only change your own messages.";
    RefusedTooLate = "已超过可操作的时限", "Too late to change this.";
    RefusedTooLong = "消息太长，请分几条发送", "The message is too long. Split it.";
    RefusedTooFast = "发得太快了，请稍等再发", "Too fast. Wait a moment.";
    RefusedSlowMode = "房间开了慢速模式，请稍等再发", "The room is in slow mode. Wait a moment.";
    RefusedMuted = "你已被房主禁言", "The host muted you";
    RefusedBlockedWord = "消息里有房间不允许的词，请修改后再发", "The message has a word not allowed here. Change it.";
    RefusedIdReused = "消息编号冲突，请重试", "Message ID conflict. Try again.";
    RefusedUnknownTarget = "该消息不存在或已被撤回", "That message is gone. It may have been recalled.";
    RefusedNotHost = "只有房主可以这样做，请联系房主", "Only the host can do this. Ask the host.";
    RefusedNoToken = "身份已失效，请重新连接", "Session expired. Reconnect.";
    RefusedVersion = "页面版本太旧，请刷新页面", "This page is out of date. Reload it.";
    RefusedStorageFailed = "服务器暂时无法保存，恢复后会自动发送", "The server can't save right now. Your messages will be sent when it can.";
    RefusedSignedOut = "你已在另一台设备上退出这台设备", "You signed this device out from another one.";
    RefusedBadCode = "链接已失效：只能用一次，且有时限，请重新生成", "This link has expired or was used. Make a new one.";
    RefusedTooManyDevices = "设备太多，请先退出其他设备", "Too many devices. Sign out other devices first.";
    RefusedOverloaded = "服务器太忙，请稍后重试", "The server is busy. Try again later.";

    Today = "今天", "Today";
    Yesterday = "昨天", "Yesterday";
    DayOfYear = "{}月{}日 {}", "{}, {} {}";
    FullDay = "{}年{}月{}日 {}", "{}, {} {}, {}";
    Weekdays = "周日 周一 周二 周三 周四 周五 周六", "Sun Mon Tue Wed Thu Fri Sat";
    Months = "1月 2月 3月 4月 5月 6月 7月 8月 9月 10月 11月 12月", "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec";
}
