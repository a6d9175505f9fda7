"""The application: builds and wires everything, opens it at the start, closes it at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import WebSocketRoute

from ai.answers import Answers
from ai.decisions import Decisions
from ai.drafting import Drafter
from ai.erasure import Eraser, Scrubber
from ai.extractive import ExtractiveDrafter
from ai.interviews import Interviews
from ai.modeldrafter import ModelDrafter
from ai.models.base import Model
from ai.models.claude import Claude
from ai.polls import Polls
from ai.retrieval import Retrieval
from ai.rounds import Rounds
from ai.runs import Bot
from ingest.extract import ocr
from rooms.allowance import Rate
from rooms.journal import Journal
from rooms.metrics import Metrics
from rooms.registry import Registry
from store import facilitators
from store.database import Database
from store.jobs import Jobs
from store.search import Search
from store.updatelog import LogOptions, UpdateLog
from web import (
    apidocs,
    embedders,
    errors,
    health,
    intake,
    kicks,
    metrics,
    middleware,
    notices,
    pages,
)
from web.api import (
    ballots,
    critiques,
    directuploads,
    dissents,
    documents,
    erasures,
    export,
    files,
    inputs,
    interviews,
    invitations,
    measures,
    news,
    passages,
    people,
    pictures,
    rounds,
    runs,
    search,
    sessions,
    suggestions,
    uploads,
    versions,
)
from web.credentials import BadCredentials
from web.events import Events
from web.handshakes import Handshakes
from web.readiness import Readiness
from web.rehearsal import rehearse
from web.services import Services
from web.settings import Settings
from web.sockets import room_socket

_API = (
    people,
    sessions,
    invitations,
    inputs,
    interviews,
    uploads,
    directuploads,
    documents,
    passages,
    erasures,
    files,
    pictures,
    search,
    critiques,
    suggestions,
    runs,
    rounds,
    ballots,
    dissents,
    measures,
    news,
    versions,
    export,
)


def create_app(settings: Settings) -> FastAPI:
    """Return the application. Its data folder exists and its database is migrated."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            app.state.services = await _open(settings, stack)
            await rehearse(app.state.services.database, app.state.services.registry.options)
            await app.state.services.bot.resume()
            await app.state.services.rounds.resume()
            await app.state.services.ingest.resume()
            await app.state.services.eraser.resume()
            yield

    app = FastAPI(
        title="Accord",
        version=version("accord"),
        description="Sessions, inputs, suggestions and decisions around one live statement.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        openapi_url="/api/openapi.json",
    )
    # Taken as they are: `include_router` would make each of them anew, 0.1 s at every start.
    for router in (*(module.router for module in _API), export.keys, health.router, metrics.router):
        app.router.routes.extend(router.routes)
    app.add_api_route("/api/docs", _api_docs, include_in_schema=False)
    app.add_api_route("/api/docs.css", _api_docs_style, include_in_schema=False)
    # First, because a path is compared with each route of the API.
    app.router.routes.insert(0, WebSocketRoute("/yjs/{room:path}", room_socket))
    app.router.routes.extend(pages.routes(pages.read_assets()))
    app.add_middleware(
        middleware.BodyLimit,
        max_bytes=settings.max_body_bytes,
        elsewhere=(uploads.PATHS, files.PATHS),
    )
    errors.install(app)
    app.add_middleware(middleware.SecurityHeaders, secure=settings.secure)
    return app


async def _open(settings: Settings, stack: AsyncExitStack) -> Services:
    """Open everything, in the order things need each other; the stack closes it the other way round."""
    database = await stack.enter_async_context(Database(settings.database_path))
    if settings.facilitator_token is not None:
        await database.write(
            facilitators.ensure,
            settings.facilitator_name,
            settings.facilitator_token.get_secret_value(),
        )
    counted = Metrics()
    log = UpdateLog(
        database,
        LogOptions(settings.commit_gap_factor, settings.max_commit_gap_ms / 1000),
        watch=counted.committed,
    )
    journal = stack.enter_context(Journal(settings.journal_path))
    registry = await stack.enter_async_context(
        Registry(database, settings.room_options(), log=log, journal=journal, metrics=counted)
    )
    jobs = Jobs(settings.jobs_path)
    embedder = await embedders.make_embedder(settings)
    if embedder is not None:
        stack.push_async_callback(embedder.close)

    async def watch_document(ident: str) -> None:
        await notices.document_changed(services, ident)

    taking_in = intake.make_intake(
        settings, database, jobs, embedder=embedder, watch=watch_document
    )

    async def watch(run_id: str) -> None:
        await notices.run_changed(services, run_id)

    async def watch_deliberation(session_id: str) -> None:
        await notices.deliberation_changed(services, session_id)

    async def watch_interview(session_id: str, person: str) -> None:
        notices.interview_changed(services, session_id, person)

    async def watch_erasure(ident: str) -> None:
        await notices.erasure_changed(services, ident)

    model = _model(settings, stack)
    answers = Answers(database, model, settings.answer_limits()) if model is not None else None
    if answers is not None:
        stack.push_async_callback(answers.close)
    search = Search(database)
    retrieval = Retrieval(database, search, taking_in.ingest.meaning)
    bot = Bot(
        database,
        registry,
        jobs,
        _drafter(settings, answers),
        mode=settings.mode,
        model=settings.model_draft if settings.mode == "claude" else None,
        watch=watch,
        retrieval=retrieval,
        quiet_seconds=settings.refine_debounce_seconds,
        max_wait_seconds=settings.refine_max_wait_seconds,
    )
    decisions = Decisions(database, registry)
    rounds = Rounds(
        database,
        registry,
        jobs,
        answers,
        watch_run=watch,
        watch=watch_deliberation,
        retrieval=retrieval,
        max_tokens=settings.model_max_tokens,
    )
    eraser = Eraser(
        database,
        registry,
        jobs,
        bot=bot,
        rounds=rounds,
        decisions=decisions,
        ingest=taking_in.ingest,
        search=search,
        answers=answers,
        scrubber=Scrubber(database, jobs, lambda: counted.edits),
        watch=watch_erasure,
    )
    reader = await asyncio.to_thread(ocr.find, settings.extraction_limits())
    services = Services(
        settings=settings,
        database=database,
        registry=registry,
        blobs=taking_in.blobs,
        links=taking_in.links,
        spool=taking_in.spool,
        direct=taking_in.direct,
        ingest=taking_in.ingest,
        pictures=taking_in.pictures,
        reads_pictures=reader is not None,
        search=search,
        decisions=decisions,
        eraser=eraser,
        polls=Polls(database, registry, watch=watch_deliberation),
        interviews=Interviews(
            database,
            answers,
            watch=watch_interview,
            most=settings.interview_questions,
            patience=settings.interview_seconds,
            max_tokens=settings.model_max_tokens,
        ),
        rounds=rounds,
        bot=bot,
        events=Events(),
        bad_credentials=BadCredentials(),
        readiness=Readiness(database),
        handshakes=Handshakes(Rate(settings.handshakes_per_second, settings.handshakes_burst)),
    )
    await stack.enter_async_context(jobs)
    stack.push_async_callback(bot.close)
    stack.push_async_callback(services.interviews.close)
    stack.callback(services.events.close)
    await stack.enter_async_context(_in_background(kicks.keep_sweeping(services)))
    await stack.enter_async_context(_in_background(_keep_time(services)))
    await stack.enter_async_context(_in_background(intake.keep_sweeping(taking_in)))
    await stack.enter_async_context(_in_background(eraser.keep_going()))
    return services


@asynccontextmanager
async def _in_background(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Let something run until the end."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def drain(app: FastAPI) -> None:
    """Let nobody in any more, end the streams, bring edits to disk, send everybody away."""
    services: Services | None = getattr(app.state, "services", None)
    if services is not None:
        services.draining = True
        services.events.close()
        await services.interviews.close()  # what was said is kept; nobody waits for a model now
        await services.bot.pause()  # a run that met a closed room would fail, not go on later
        await services.registry.drain()


async def _keep_time(services: Services) -> None:
    """End polls and rounds whose time is over, for ever."""
    while True:
        await services.polls.settle_due()
        await services.rounds.close_due()
        await asyncio.sleep(1.0)


def _model(settings: Settings, stack: AsyncExitStack) -> Model | None:
    if settings.anthropic_api_key is None:
        return None
    model = Claude(
        settings.model_draft,
        api_key=settings.anthropic_api_key.get_secret_value(),
        base_url=settings.model_base_url,
        timeout_seconds=settings.model_timeout_seconds,
    )
    stack.push_async_callback(model.close)
    return model


def _drafter(settings: Settings, answers: Answers | None) -> Drafter:
    if answers is None:
        return ExtractiveDrafter()
    return ModelDrafter(answers, max_tokens=settings.model_max_tokens)


async def _api_docs(request: Request) -> Response:
    app: FastAPI = request.app
    return HTMLResponse(apidocs.render(app.openapi()))


async def _api_docs_style() -> Response:
    return Response(apidocs.STYLE, media_type="text/css")
