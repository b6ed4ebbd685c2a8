#!/bin/sh
trap 'exit 0' TERM
sleep infinity &
wait
