"""Teams' numbers, by name."""

BODY = 256 * 1024  # bytes of a request to us
CARD_BYTES = 25 * 1024  # a message may have 100 KB; older clients and connectors stop earlier
SHORT_BYTES = 8 * 1024  # of one that was found too large
ACTIONS = 6  # more of them are hidden behind a menu
DIALOG_TITLE = 64  # characters of a dialog's title
TEXT = 4000  # characters of one block: nobody reads more on a phone
TABLE_ROWS = 30
MENTIONS = 10  # ours: so many people of one card are notified; more would be noise
PERSONAL_VIEWS = 60  # people whose clients ask for their own view of a card by themselves
CHOICES = 100
TOAST_TEXT = 250  # ours, characters: the line that answers a press
SEARCH_RESULTS = 10  # results of a search at once
MAX_CLOCK_SKEW_S = 300  # seconds by which its clock and ours may differ
