"""Follows announced steps of ideas over a WebSocket with gql: prints each, until it is stopped.

python follow.py [CURSOR]     goes on behind the event that has this cursor
"""

import asyncio
import os
import random
import sys

from gql import Client, gql
from gql.transport.exceptions import TransportError, TransportQueryError
from gql.transport.websockets import WebsocketsTransport

URL = os.environ.get("EARSHOT_URL", "http://127.0.0.1:8080") + "/graphql"
TOKEN = os.environ.get("EARSHOT_TOKEN") or sys.exit("set EARSHOT_TOKEN")

NOW = gql("{ ideas(first: 3) { totalCount nodes { reference shownPhase } } }")
FOLLOW = gql(
    """
    subscription Follow($after: String) {
      ideaStatusChanged(after: $after) { cursor reference from to idea { title } }
    }
    """
)


def client():
    transport = WebsocketsTransport(
        url=URL.replace("http", "ws", 1),
        init_payload={"authorization": f"Bearer {TOKEN}"},
        subprotocols=["graphql-transport-ws"],
    )
    return Client(transport=transport)


def refused(error):
    """Whether the server closed with 4403: the token is no good, and trying again would last for ever."""
    closed = getattr(error.__cause__, "rcvd", None)
    return closed is not None and closed.code == 4403


async def main(after):
    async with client() as session:
        ideas = (await session.execute(NOW))["ideas"]
        print(f"{ideas['totalCount']} ideas, the first: {ideas['nodes']}", flush=True)

    while True:
        try:
            async with client() as session:
                FOLLOW.variable_values = {"after": after}
                async for data in session.subscribe(FOLLOW):
                    step = data["ideaStatusChanged"]
                    what = f'{step["reference"]} "{step["idea"]["title"]}"'
                    print(f'{what}: {step["from"]} -> {step["to"]} ({step["cursor"]})', flush=True)
                    # Whoever comes back with the cursor misses nothing and hears nothing twice.
                    after = step["cursor"]
        except TransportQueryError as error:
            code = error.errors[0].get("extensions", {}).get("code")
            if code != "RESYNC_REQUIRED":
                raise
            # Too old to be continued: read the state anew (the query above), then follow from now on.
            after = None
        except (TransportError, OSError) as error:
            if refused(error):
                raise
            print(f"cut: {error}; coming back", file=sys.stderr)
        await asyncio.sleep(1 + 2 * random.random())


try:
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else None))
except (TransportError, OSError) as end:
    sys.exit(f"{end} {end.__cause__ or ''}")
