from connector import RedisConnector


def test_ping():
    assert RedisConnector().ping() is True


def test_a_value_survives_the_connection():
    RedisConnector().remember("greeting", "hello from the sandbox")
    assert RedisConnector().recall("greeting") == "hello from the sandbox"
