package com.acme.jobs;

import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.async.AsyncFunction;
import org.apache.flink.streaming.api.functions.async.ResultFuture;
import org.apache.flink.util.Collector;

import java.util.Collections;
import java.util.concurrent.CompletableFuture;

/** Where in a job the trouble strikes. */
final class Places {
    private Places() {}

    static final class InMap extends RichMapFunction<Long, Long> {
        private final Args args;

        InMap(Args args) {
            this.args = args;
        }

        @Override
        public void open(OpenContext context) throws Exception {
            if (args.of("place", "map").equals("open")) {
                Troubles.strike(args);
            }
        }

        @Override
        public Long map(Long value) throws Exception {
            if (value >= args.number("after", 3) && args.of("place", "map").equals("map")) {
                Troubles.strike(args);
            }
            if (value >= args.number("after", 3) && args.of("place", "map").equals("close")) {
                throw new IllegalStateException("end of shard " + args.vary().number(1, 99) + " reached");
            }
            Thread.sleep(5);
            return value;
        }

        @Override
        public void close() throws Exception {
            if (args.of("place", "map").equals("close")) {
                Troubles.strike(args);
            }
        }
    }

    static final class InTimer extends KeyedProcessFunction<Long, Long, Long> {
        private final Args args;

        InTimer(Args args) {
            this.args = args;
        }

        @Override
        public void processElement(Long value, Context context, Collector<Long> out) {
            context.timerService().registerProcessingTimeTimer(context.timerService().currentProcessingTime() + 20);
        }

        @Override
        public void onTimer(long at, OnTimerContext context, Collector<Long> out) throws Exception {
            Troubles.strike(args);
        }
    }

    static final class InWatermark implements WatermarkGenerator<Long> {
        private final Args args;

        InWatermark(Args args) {
            this.args = args;
        }

        @Override
        public void onEvent(Long value, long at, WatermarkOutput out) {
            if (value > 3) {
                strike();
            }
        }

        @Override
        public void onPeriodicEmit(WatermarkOutput out) {
            out.emitWatermark(new Watermark(1));
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

    static final class InAsync implements AsyncFunction<Long, Long> {
        private final Args args;

        InAsync(Args args) {
            this.args = args;
        }

        @Override
        public void asyncInvoke(Long value, ResultFuture<Long> result) {
            if (args.of("place", "").equals("async-timeout")) {
                return;
            }
            CompletableFuture.runAsync(() -> {
                try {
                    Troubles.strike(args);
                    result.complete(Collections.singleton(value));
                } catch (Exception error) {
                    result.completeExceptionally(error);
                }
            });
        }
    }
}
