package org.apache.kafka.common.errors;

/** Throws errors that bear the names of Kafka's own. */
public final class Broker {
    private Broker() {}

    public static void timeout(String message) {
        throw new TimeoutException(message);
    }

    public static void recordTooLarge(String message) {
        throw new RecordTooLargeException(message);
    }

    public static void sasl(String message) {
        throw new SaslAuthenticationException(message);
    }

    public static void offset(String message) {
        throw new OffsetOutOfRangeException(message);
    }

    public static void unknownTopic(String message) {
        throw new UnknownTopicOrPartitionException(message);
    }

    public static void fenced(String message) {
        throw new InvalidProducerEpochException(message);
    }

    public static void denied(String message) {
        throw new GroupAuthorizationException(message);
    }

    public static void disconnect(String message) {
        throw new DisconnectException(message);
    }
}

class TimeoutException extends RuntimeException {
    TimeoutException(String message) {
        super(message);
    }
}

class RecordTooLargeException extends RuntimeException {
    RecordTooLargeException(String message) {
        super(message);
    }
}

class SaslAuthenticationException extends RuntimeException {
    SaslAuthenticationException(String message) {
        super(message);
    }
}

class OffsetOutOfRangeException extends RuntimeException {
    OffsetOutOfRangeException(String message) {
        super(message);
    }
}

class UnknownTopicOrPartitionException extends RuntimeException {
    UnknownTopicOrPartitionException(String message) {
        super(message);
    }
}

class InvalidProducerEpochException extends RuntimeException {
    InvalidProducerEpochException(String message) {
        super(message);
    }
}

class GroupAuthorizationException extends RuntimeException {
    GroupAuthorizationException(String message) {
        super(message);
    }
}

class DisconnectException extends RuntimeException {
    DisconnectException(String message) {
        super(message);
    }
}
