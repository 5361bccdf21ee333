echo "hello from the demo, built with $deps"
