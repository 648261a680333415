"""GetEventsNear as a Python service over PostGIS: grpc.aio, asyncpg and uvloop, with this project's own contract.

usage: service.py PORT POSTGRES_PORT QUERY.sql   (PYTHONPATH: where grpc_tools wrote the messages)
"""
import asyncio
import sys

import asyncpg
import grpc
import uvloop
from dossier.v1 import event_pb2, fact_service_pb2, fact_service_pb2_grpc

# As many as the driver has calls at once for each connection to PostgreSQL: the core is what limits, not the pool.
CONNECTIONS = 8


class FactService(fact_service_pb2_grpc.FactServiceServicer):
    def __init__(self, pool, query):
        self.pool = pool
        self.query = query

    async def GetEventsNear(self, request, context):
        async with self.pool.acquire() as connection:
            rows = await connection.fetch(self.query, request.point.longitude, request.point.latitude)
        return fact_service_pb2.GetEventsNearResponse(
            nearby_events=[
                fact_service_pb2.NearbyEvent(event=event_pb2.Event.FromString(event), distance_meters=meters)
                for meters, event in rows
            ]
        )


async def main(port, postgres, query):
    with open(query, encoding="utf-8") as file:
        query = file.read().replace("$1::geography", "ST_SetSRID(ST_MakePoint($1, $2), 4326)::geography")
    pool = await asyncpg.create_pool(
        host="127.0.0.1", port=postgres, user="postgres", database="postgres", min_size=CONNECTIONS, max_size=CONNECTIONS
    )
    server = grpc.aio.server()
    fact_service_pb2_grpc.add_FactServiceServicer_to_server(FactService(pool, query), server)
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    await server.wait_for_termination()


uvloop.run(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
