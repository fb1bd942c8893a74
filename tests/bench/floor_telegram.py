"""python-telegram-bot's Application with a handler of a few lines, which answers as Laurel does."""

from collections.abc import AsyncIterator

from aiohttp import web
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, MessageEntity, Update
from telegram.ext import Application, CommandHandler, ContextTypes

from tests.bench.floor_statements import Gift, Postgres, Sqlite
from tests.bench.on_telegram import GROUND
from tests.platforms.telegram import SECRET, TOKEN
from tests.platforms.telegram_updates import HEADERS

TITLE = "Your thanks are on their way"
ANSWER = "\n".join([TITLE, "", *["You thanked Person 3 in general: +5 points"] * 4])
BOLD = (MessageEntity(MessageEntity.BOLD, 0, len(TITLE)),)
UNDO = InlineKeyboardMarkup([[InlineKeyboardButton("Undo", callback_data="undo.kudos-3.zXVC40NQXeJu")]])
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
(HEADER,) = HEADERS


def mount(app: web.Application, database: Postgres | Sqlite, mode: str, api_url: str) -> None:
    """MODE: `statements`, or `insert` for one row and a commit."""
    act = {"statements": database.statements, "insert": database.insert}[mode]
    telegram = Application.builder().token(TOKEN).base_url(f"{api_url}/bot").updater(None).build()

    async def kudos(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        await act(_gift(update))
        said = {"entities": BOLD, "reply_markup": UNDO, "link_preview_options": NO_PREVIEW}
        await context.bot.send_message(update.message.from_user.id, ANSWER, **said)

    async def webhook(request: web.Request) -> web.Response:
        if request.headers[HEADER] != SECRET:
            raise web.HTTPUnauthorized
        await telegram.process_update(Update.de_json(await request.json(), telegram.bot))
        return web.Response()

    async def life(_app: web.Application) -> AsyncIterator[None]:
        async with telegram:
            yield

    telegram.add_handler(CommandHandler("kudos", kudos))
    app.cleanup_ctx.append(life)
    app.router.add_post(GROUND.path, webhook)


def _gift(update: Update) -> Gift:
    message = update.message
    (named,) = [entity.user for entity in message.entities if entity.user]
    turn = f"{message.chat.id}:{message.message_id}"
    return Gift(turn, str(message.from_user.id), str(named.id), message.text)
