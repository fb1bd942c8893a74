"""The rights that the product asks of each platform, each with its reason. Each one is needed by a line of code."""

from collections.abc import Collection, Iterable, Mapping

SLACK_SCOPES: Mapping[str, str] = {
    "app_mentions:read": "to hear a command where somebody mentions Laurel",
    "chat:write": "to post celebrations, and to change them when a gift is taken back",
    "commands": "to offer /kudos, /badge and the other slash commands",
    "im:history": "to read what somebody writes to Laurel in their direct messages with it",
    "im:write": "to open a direct message with somebody who got something",
    "links:read": "to hear that somebody shares a link to a celebration",
    "links:write": "to show the celebration below that link",
    "reactions:read": "to thank by an emoji, where a setting names one",
    "usergroups:read": "to thank everybody of a user group that is mentioned",
    "users:read": "to know the names, languages and time zones of the people in a gift",
    "users:read.email": "to tie an account to the right person of the directory",
    "channels:history": "to see whether a post whose answer was lost is out, so that no celebration is shown twice; "
    "and to take gifts back whose message was deleted",
    "groups:history": "the same in private channels",
}

OPTIONAL_SLACK_SCOPES = frozenset({"links:read", "links:write", "reactions:read"})  # without them the rest still works

SLACK_METHODS: Mapping[str, tuple[str, ...]] = {  # the calls of channels/slack, with the scopes that each needs
    "apps.connections.open": (),  # with the app's own token
    "auth.revoke": (),
    "auth.test": (),
    "chat.postEphemeral": ("chat:write",),
    "chat.postMessage": ("chat:write",),
    "chat.unfurl": ("links:write",),
    "chat.update": ("chat:write",),
    "chat.getPermalink": (),
    "conversations.history": ("channels:history", "groups:history", "im:history"),
    "conversations.open": ("im:write",),
    "oauth.v2.access": (),  # with the app's own id and secret
    "reactions.get": ("reactions:read",),
    "usergroups.users.list": ("usergroups:read",),
    "users.info": ("users:read", "users:read.email"),
    "users.list": ("users:read", "users:read.email"),
    "views.open": (),
    "views.publish": (),
    "views.push": (),
    "views.update": (),
}

SLACK_EVENTS: Mapping[str, tuple[str, ...]] = {  # the events of channels/slack, with the scopes that each needs
    "app_home_opened": (),
    "app_mention": ("app_mentions:read",),
    "app_uninstalled": (),
    "link_shared": ("links:read",),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "message.im": ("im:history",),
    "reaction_added": ("reactions:read",),
    "reaction_removed": ("reactions:read",),
    "team_join": ("users:read", "users:read.email"),
    "tokens_revoked": (),
    "user_change": ("users:read", "users:read.email"),
}

SLACK_LINK_USES = frozenset({"chat.unfurl", "link_shared"})  # left out if no links to celebrations are made

SLACK_UNINSTALL_EVENTS = frozenset({"app_uninstalled", "tokens_revoked"})  # only for an app of several workspaces

SLACK_COMMAND_SCOPES = ("commands",)  # for slash commands and shortcuts

TEAMS_PERMISSIONS: Mapping[str, str] = {
    "identity": "to know who pressed a button or wrote a command",
    "messageTeamMembers": "to tell somebody alone what they got",
}

TELEGRAM_UPDATES: Mapping[str, str] = {
    "message": "to hear commands, and what is written to Laurel alone",
    "callback_query": "to hear which button was pressed",
    "my_chat_member": "to know when Laurel was added to a group, put out of it, or blocked",
}


def list_slack_scopes(without: Collection[str] = ()) -> tuple[str, ...]:
    """Return the scopes of all methods, events and commands except those in `without`, sorted."""
    needed = (needs for name, needs in {**SLACK_METHODS, **SLACK_EVENTS}.items() if name not in without)
    wanted = (*needed, SLACK_COMMAND_SCOPES)
    return tuple(sorted({scope for needs in wanted for scope in needs}))


def list_optional_scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    """Return the scopes that may be left out when the app is installed."""
    return tuple(scope for scope in scopes if scope in OPTIONAL_SLACK_SCOPES)
