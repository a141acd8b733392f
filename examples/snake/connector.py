import os

import redis


class RedisConnector:
    """A client of the Redis in REDIS_HOST, REDIS_PORT and REDIS_DB."""

    def __init__(self) -> None:
        self._client = redis.Redis(
            host=os.getenv("REDIS_HOST", "localhost"),
            port=int(os.getenv("REDIS_PORT", "6379")),
            db=int(os.getenv("REDIS_DB", "0")),
            decode_responses=True,
        )

    def ping(self) -> bool:
        return self._client.ping()

    def remember(self, key: str, value: str) -> None:
        self._client.set(key, value)

    def recall(self, key: str) -> str | None:
        return self._client.get(key)
