package com.acme.jobs;

import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.api.connector.source.lib.util.IteratorSourceEnumerator;

import java.util.ArrayList;
import java.util.Collection;

/** A source whose coordinator or reader fails. */
final class Sources extends NumberSequenceSource {
    private final Args args;

    Sources(Args args) {
        super(0, Long.MAX_VALUE - 1);
        this.args = args;
    }

    @Override
    public SourceReader<Long, NumberSequenceSplit> createReader(SourceReaderContext context) {
        if (args.of("place", "").equals("reader")) {
            strike();
        }
        return super.createReader(context);
    }

    @Override
    public SplitEnumerator<NumberSequenceSplit, Collection<NumberSequenceSplit>> createEnumerator(
            SplitEnumeratorContext<NumberSequenceSplit> context) {
        return new IteratorSourceEnumerator<NumberSequenceSplit>(context, new ArrayList<>()) {
            @Override
            public void start() {
                if (args.of("place", "").equals("coordinator")) {
                    strike();
                }
            }
        };
    }

    private void strike() {
        try {
            Troubles.strike(args);
        } catch (RuntimeException error) {
            throw error;
        } catch (Exception error) {
            throw new RuntimeException(error);
        }
    }
}
