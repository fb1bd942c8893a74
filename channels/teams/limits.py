"""The limits of Teams, and a few of the product's own for it."""

BODY = 256 * 1024  # bytes of an incoming request
CARD_BYTES = 25 * 1024  # a message may have 100 KB; older clients and connectors stop earlier
SHORT_BYTES = 8 * 1024  # for a card that Teams found too large
ACTIONS = 6  # buttons of a card: Teams hides more of them behind a menu
DIALOG_TITLE = 64  # characters of a dialog's title
TEXT = 4000  # characters of one block: more is unreadable on a phone
TABLE_ROWS = 30
MENTIONS = 10  # our own limit: people that one card notifies
PERSONAL_VIEWS = 60  # people whose clients fetch their own view of a card automatically
CHOICES = 100
TOAST_TEXT = 250  # our own limit: characters of the line that answers a press
SEARCH_RESULTS = 10  # results on one page
MAX_CLOCK_SKEW_S = 300  # seconds that Microsoft's clock may differ from ours
